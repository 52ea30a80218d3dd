import Vocabulary

extension FieldCoder {
  /// Names and types of a table's columns, and its strings; the values follow with `columns`.
  mutating func head(of table: inout AttributeTable) throws(Failure) {
    try field(
      "columns", &table, read: { (reader) throws(WireError) in try AttributeTable(headFrom: &reader) },
      write: { $0.writeHead(to: &$1) }, show: { $1.put("columns", .text($0.columns.map(\.definition).shown)) })
  }

  /// The values of a table behind its head, at an offset that 8 divides.
  mutating func columns(of table: inout AttributeTable, rowCount: Int) throws(Failure) {
    let head = table
    try field(
      "columns", &table,
      read: { (reader) throws(WireError) in try AttributeTable(head, rowCount: rowCount, from: &reader) },
      write: { $0.writeColumns(to: &$1) },
      show: { table, sheet in
        for (index, column) in table.columns.enumerated() {
          let cells = (0..<table.rowCount).map { FieldValue(table.value(row: $0, column: index)) }
          sheet.put("column.\(column.name)", .list(cells))
        }
      })
  }

  /// For each column of a table the rows whose value is removed, as bits like those of the presence.
  mutating func removals(_ bits: inout [[UInt8]], from table: AttributeTable) throws(Failure) {
    try field(
      "removed", &bits,
      read: { (reader) throws(WireError) in
        var bits: [[UInt8]] = []
        for column in table.columns {
          bits.append(try reader.bits(table.rowCount, within: column.presence, isInverted: true))
        }
        return bits
      },
      write: { bits, writer in
        for column in bits {
          writer.write(bytes: column)
          writer.pad8()
        }
      },
      show: { bits, sheet in
        for (column, bits) in zip(table.columns, bits) {
          let rows = (0..<table.rowCount).map { FieldValue.number(bits.hasBit($0) ? 1 : 0) }
          sheet.put("removed.\(column.name)", .list(rows))
        }
      })
  }

  /// Types and names of attributes behind a u16 count, none twice.
  ///
  /// - Parameter reserved: Names that are not those of attributes.
  mutating func definitions(
    _ name: String, _ definitions: inout [AttributeDefinition], except reserved: [String]
  ) throws(Failure) {
    try field(
      name, &definitions, read: { (reader) throws(WireError) in try reader.definitions(except: reserved) },
      write: { $1.write($0) }, show: { $1.put(name, .text($0.shown)) })
  }
}

extension [AttributeDefinition] {
  /// As people write them: `int price, keyword brand`.
  fileprivate var shown: String { map { "\($0.type.word) \($0.name)" }.joined(separator: ", ") }
}

extension FieldValue {
  fileprivate init(_ value: AttributeValue?) {
    self =
      switch value {
      case .none: .missing
      case .int(let value): .signed(value)
      case .float(let value): .double(value)
      case .keyword(let value), .text(let value): .text(value)
      case .keywordSet(let values): .list(values.map { .text($0) })
      case .bool(let value): .bool(value)
      }
  }
}

extension AttributeTable {
  /// Reads names, types and strings, before a row count is used: a table without rows.
  fileprivate init(headFrom reader: inout BodyReader) throws(WireError) {
    let place = BodyPlace(reader.offset)
    let definitions = try reader.definitions()
    var strings: [String] = []
    for _ in 0..<(try reader.count(UInt32.self, elementSize: 2, limit: .max)) {
      strings.append(try reader.text(limit: Limits.attributeBytesMax))
    }
    self.init(rowCount: 0, strings: strings, columns: definitions.map(Column.init))
    self.place = place
  }

  /// Reads the columns that belong to a head; the reader stands at a multiple of 8.
  fileprivate init(_ head: AttributeTable, rowCount: Int, from reader: inout BodyReader) throws(WireError) {
    var columns: [Column] = []
    for column in head.columns {
      let presence = try reader.bits(rowCount)
      let values = try reader.values(column.type, rowCount: rowCount, presence: presence, strings: head.strings)
      columns.append(Column(name: column.name, presence: presence, values: values))
    }
    self.init(rowCount: rowCount, strings: head.strings, columns: columns)
    place = head.place
  }

  /// Writes names and strings.
  fileprivate func writeHead(to writer: inout BodyWriter) {
    writer.write(columns.map(\.definition))
    writer.write(UInt32(strings.count))
    for string in strings { writer.write(text: string) }
  }

  /// Writes the columns; the writer stands at a multiple of 8.
  fileprivate func writeColumns(to writer: inout BodyWriter) {
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

extension AttributeTable.Column {
  /// A column without rows.
  fileprivate init(_ definition: AttributeDefinition) {
    let values: AttributeTable.Values =
      switch definition.type {
      case .int: .int([])
      case .float: .float([])
      case .keyword: .keyword([])
      case .keywordSet: .keywordSet(ends: [], indexes: [])
      case .bool: .bool([])
      case .text: .text([])
      }
    self.init(name: definition.name, presence: [], values: values)
  }

  fileprivate var definition: AttributeDefinition { AttributeDefinition(name: name, type: type) }
}

extension BodyWriter {
  fileprivate mutating func write(_ definitions: [AttributeDefinition]) {
    write(UInt16(definitions.count))
    for definition in definitions {
      write(definition.type.rawValue)
      write(name: definition.name)
    }
  }
}

extension BodyReader {
  fileprivate mutating func definitions(except reserved: [String] = []) throws(WireError) -> [AttributeDefinition] {
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
