import Vocabulary

extension AttributeTable {
  /// Names and strings, read before the row count is used.
  package struct Head: Sendable {
    fileprivate let definitions: [AttributeDefinition]
    fileprivate let strings: [String]
    fileprivate let place: BodyPlace

    /// Reads the head of a table.
    package init(from reader: inout BodyReader) throws(WireError) {
      place = BodyPlace(reader.offset)
      definitions = try reader.definitions()
      let count = try reader.count(UInt32.self, elementSize: 2, limit: .max)
      var strings: [String] = []
      for _ in 0..<count { strings.append(try reader.text(limit: Limits.attributeBytesMax)) }
      self.strings = strings
    }
  }

  /// Reads the columns that belong to a head; the reader stands at a multiple of 8.
  package init(_ head: Head, rowCount: Int, from reader: inout BodyReader) throws(WireError) {
    var columns: [Column] = []
    for definition in head.definitions {
      let presence = try reader.bits(rowCount)
      let values = try reader.values(
        definition.type, rowCount: rowCount, presence: presence, strings: head.strings)
      columns.append(Column(name: definition.name, presence: presence, values: values))
    }
    self.init(rowCount: rowCount, strings: head.strings, columns: columns)
    place = head.place
  }

  /// Writes names and strings.
  package func writeHead(to writer: inout BodyWriter) {
    writer.write(UInt16(columns.count))
    for column in columns {
      writer.write(column.type.rawValue)
      writer.write(name: column.name)
    }
    writer.write(UInt32(strings.count))
    for string in strings { writer.write(text: string) }
  }

  /// Writes the columns; the writer stands at a multiple of 8.
  package func writeColumns(to writer: inout BodyWriter) {
    for column in columns {
      writer.write(bytes: column.presence)
      writer.pad8()
      switch column.values {
      case .int(let values): writer.write(array: values)
      case .float(let values): writer.write(array: values.map(\.bitPattern))
      case .keyword(let indexes), .text(let indexes): writer.write(array: indexes)
      case .bool(let bits): writer.write(bytes: bits)
      case .keywordSet(let ends, let indexes):
        writer.write(array: ends)
        writer.pad8()
        writer.write(array: indexes)
      }
      writer.pad8()
    }
  }
}

extension BodyReader {
  /// Reads a u16 count and that many types and names of attributes, none twice.
  ///
  /// - Parameter reserved: Names that are not those of attributes.
  mutating func definitions(except reserved: [String] = []) throws(WireError) -> [AttributeDefinition] {
    var definitions: [AttributeDefinition] = []
    for _ in 0..<(try count(UInt16.self, elementSize: 3, limit: Limits.attributesMax)) {
      let type = try attributeType()
      let at = offset
      let name = try name()
      guard !reserved.contains(name) else {
        throw WireError(
          .malformedBody, fieldOffset: at,
          message: "no attribute is called '\(name)': items use this name themselves")
      }
      guard !definitions.contains(where: { $0.name == name }) else { throw .twice(at) }
      definitions.append(AttributeDefinition(name: name, type: type))
    }
    return definitions
  }

  private mutating func attributeType() throws(WireError) -> AttributeType {
    let at = offset
    guard let type = AttributeType(rawValue: try integer()) else {
      throw WireError(.malformedBody, fieldOffset: at, message: "the type of an attribute is 1 to 6")
    }
    return type
  }

  /// Reads `count` bits, padded to 8 bytes; unused bits are 0, and so are those whose bit in `other` is.
  ///
  /// - Parameter isInverted: Bits whose bit in `other` is 1 are 0 instead.
  mutating func bits(_ count: Int, within other: [UInt8]? = nil, isInverted: Bool = false) throws(WireError) -> [UInt8]
  {
    let at = offset
    let bits = Array(try raw((count + 7) / 8))
    let lastBits: UInt8 = count % 8 == 0 ? 0xFF : 1 << (count % 8) - 1
    for place in bits.indices {
      let used: UInt8 = place == bits.count - 1 ? lastBits : 0xFF
      let allowed = other.map { isInverted ? ~$0[place] : $0[place] } ?? 0xFF
      guard bits[place] & ~(used & allowed) == 0 else {
        throw WireError(
          .malformedBody, fieldOffset: at + place,
          message: bits[place] & ~used != 0
            ? "unused bits are 0"
            : isInverted ? "a value is set or removed, not both" : "the bit of a missing value is 0")
      }
    }
    try pad8()
    return bits
  }

  /// Reads the values of a column, each rule at the first element that breaks it.
  fileprivate mutating func values(
    _ type: AttributeType, rowCount: Int, presence: [UInt8], strings: [String]
  ) throws(WireError) -> AttributeTable.Values {
    let at = offset
    switch type {
    case .int:
      let values = try array(of: Int64.self, count: rowCount)
      for row in values.indices where values[row] != 0 && !presence.hasBit(row) { throw .missingValue(at + 8 * row) }
      return .int(values)
    case .float:
      let patterns = try array(of: UInt64.self, count: rowCount)
      for (row, pattern) in patterns.enumerated() {
        guard presence.hasBit(row) || pattern == 0 else { throw .missingValue(at + 8 * row) }
        guard Double(bitPattern: pattern).isFinite else { throw .notFinite(at + 8 * row) }
      }
      return .float(patterns.map(Double.init(bitPattern:)))
    case .bool: return .bool(try bits(rowCount, within: presence))
    case .keyword, .text:
      let indexes = try array(of: UInt32.self, count: rowCount)
      for (row, index) in indexes.enumerated() {
        guard presence.hasBit(row) || index == 0 else { throw .missingValue(at + 4 * row) }
        guard !presence.hasBit(row) || index < strings.count else { throw .noSuchString(at + 4 * row) }
      }
      try pad8()
      return type == .keyword ? .keyword(indexes) : .text(indexes)
    case .keywordSet: return try keywordSets(rowCount: rowCount, presence: presence, strings: strings)
    }
  }

  private mutating func keywordSets(
    rowCount: Int, presence: [UInt8], strings: [String]
  ) throws(WireError) -> AttributeTable.Values {
    let endsAt = offset
    let ends = try array(of: UInt32.self, count: rowCount)
    var last: UInt32 = 0
    for (row, end) in ends.enumerated() {
      guard end >= last else {
        throw WireError(.malformedBody, fieldOffset: endsAt + 4 * row, message: "a running end never decreases")
      }
      guard presence.hasBit(row) || end == last else { throw .missingValue(endsAt + 4 * row) }
      guard end - last <= Limits.keywordSetMax else {
        throw WireError(
          .limitExceeded, fieldOffset: endsAt + 4 * row,
          message: "a keyword set has at most \(Limits.keywordSetMax) strings")
      }
      last = end
    }
    try pad8()
    let at = offset
    let indexes = try array(of: UInt32.self, count: Int(last))
    var start = 0
    for end in ends.map(Int.init) {
      for place in start..<end {
        guard indexes[place] < strings.count else { throw .noSuchString(at + 4 * place) }
        guard place > start else { continue }
        let (before, this) = (strings[Int(indexes[place - 1])].utf8, strings[Int(indexes[place])].utf8)
        guard before.lexicographicallyPrecedes(this) else {
          throw WireError(
            .malformedBody, fieldOffset: at + 4 * place, message: "the strings of a set ascend by bytes, none twice")
        }
      }
      start = end
    }
    try pad8()
    return .keywordSet(ends: ends, indexes: indexes)
  }
}

extension [UInt8] {
  /// Whether the bit of a row is set.
  fileprivate func hasBit(_ row: Int) -> Bool { self[row / 8] >> (row % 8) & 1 == 1 }
}

extension WireError {
  fileprivate static func missingValue(_ offset: Int) -> WireError {
    WireError(.malformedBody, fieldOffset: offset, message: "where a value is missing stands 0")
  }

  fileprivate static func noSuchString(_ offset: Int) -> WireError {
    WireError(.malformedBody, fieldOffset: offset, message: "the table has no string of this number")
  }
}
