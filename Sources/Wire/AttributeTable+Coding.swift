package import Vocabulary

extension AttributeTable {
  /// Names and strings, read before the row count is used.
  package struct Head: Sendable {
    fileprivate let definitions: [AttributeDefinition]
    fileprivate let strings: [String]
    fileprivate let offset: Int

    /// Reads the head of a table.
    package init(from reader: inout BodyReader) throws(WireError) {
      offset = reader.offset
      var definitions: [AttributeDefinition] = []
      for _ in 0..<(try reader.count(UInt16.self, elementSize: 3, limit: Limits.attributesMax)) {
        let at = reader.offset
        let type = try AttributeType(from: &reader)
        let name = try reader.name()
        guard !definitions.contains(where: { $0.name == name }) else {
          throw WireError(.duplicateField, fieldOffset: at)
        }
        definitions.append(AttributeDefinition(name: name, type: type))
      }
      self.definitions = definitions
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
      let presence = try Self.bits(rowCount, from: &reader)
      let values = try Self.values(
        definition.type, rowCount: rowCount, presence: presence, strings: head.strings, from: &reader)
      columns.append(Column(name: definition.name, presence: presence, values: values))
    }
    self.init(rowCount: rowCount, strings: head.strings, columns: columns)
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

  private static func values(
    _ type: AttributeType, rowCount: Int, presence: [UInt8], strings: [String], from reader: inout BodyReader
  ) throws(WireError) -> Values {
    let at = reader.offset
    let malformed = WireError(.malformedBody, fieldOffset: at)
    let isPresent = { (row: Int) in presence[row / 8] >> (row % 8) & 1 == 1 }
    switch type {
    case .int:
      let values = try reader.array(of: Int64.self, count: rowCount)
      guard values.indices.allSatisfy({ isPresent($0) || values[$0] == 0 }) else { throw malformed }
      return .int(values)
    case .float:
      let patterns = try reader.array(of: UInt64.self, count: rowCount)
      guard patterns.indices.allSatisfy({ isPresent($0) || patterns[$0] == 0 }) else { throw malformed }
      let values = patterns.map(Double.init(bitPattern:))
      guard let fault = values.firstIndex(where: { !$0.isFinite }) else { return .float(values) }
      throw WireError(.nonFiniteValue, fieldOffset: at + 8 * fault)
    case .bool:
      let values = try bits(rowCount, from: &reader)
      guard zip(values, presence).allSatisfy({ $0 & ~$1 == 0 }) else { throw malformed }
      return .bool(values)
    case .keyword, .text:
      let indexes = try reader.array(of: UInt32.self, count: rowCount)
      try reader.pad8()
      guard indexes.indices.allSatisfy({ isPresent($0) ? indexes[$0] < strings.count : indexes[$0] == 0 }) else {
        throw malformed
      }
      return type == .keyword ? .keyword(indexes) : .text(indexes)
    case .keywordSet:
      let ends = try reader.array(of: UInt32.self, count: rowCount)
      try reader.pad8()
      var last: UInt32 = 0
      for (row, end) in ends.enumerated() {
        guard end >= last, isPresent(row) || end == last else { throw malformed }
        guard end - last <= Limits.keywordSetMax else { throw WireError(.limitExceeded, fieldOffset: at + 4 * row) }
        last = end
      }
      let indexes = try reader.array(of: UInt32.self, count: Int(last))
      try reader.pad8()
      guard indexes.allSatisfy({ $0 < strings.count }) else { throw malformed }
      var start = 0
      for end in ends.map(Int.init) {
        let row = indexes[start..<end].map { strings[Int($0)].utf8 }
        guard zip(row, row.dropFirst()).allSatisfy({ $0.lexicographicallyPrecedes($1) }) else { throw malformed }
        start = end
      }
      return .keywordSet(ends: ends, indexes: indexes)
    }
  }

  /// Reads `count` bits, padded to 8 bytes; unused bits are 0.
  static func bits(_ count: Int, from reader: inout BodyReader) throws(WireError) -> [UInt8] {
    let at = reader.offset
    let bits = Array(try reader.raw((count + 7) / 8))
    try reader.pad8()
    guard count % 8 == 0 || bits.last.map({ $0 >> (count % 8) == 0 }) ?? true else {
      throw WireError(.malformedBody, fieldOffset: at)
    }
    return bits
  }
}

extension AttributeType {
  /// Reads the number of a type.
  package init(from reader: inout BodyReader) throws(WireError) {
    let at = reader.offset
    guard let type = AttributeType(rawValue: try reader.integer()) else {
      throw WireError(.malformedBody, fieldOffset: at)
    }
    self = type
  }
}
