package import Vocabulary

/// Attribute values of n rows, by column: the table of `proto-spec/02-types.md`.
package struct AttributeTable: Sendable {
  /// One column of a table.
  package struct Column: Sendable, Equatable {
    package let name: String
    /// Row i is bit i mod 8 of byte i / 8, `[⌈n/8⌉]`.
    package let presence: [UInt8]
    package let values: Values

    package init(name: String, presence: [UInt8], values: Values) {
      self.name = name
      self.presence = presence
      self.values = values
    }

    package var type: AttributeType { values.type }

    /// Whether the row has a value.
    package func isPresent(_ row: Int) -> Bool { presence[row / 8] >> (row % 8) & 1 == 1 }
  }

  /// The values of a column, `[n]`; what stands at missing rows is zero.
  package enum Values: Sendable, Equatable {
    case int([Int64])
    case float([Double])
    /// Indexes into the strings.
    case keyword([UInt32])
    /// Running ends of the rows, then indexes into the strings.
    case keywordSet(ends: [UInt32], indexes: [UInt32])
    /// Bits like those of the presence.
    case bool([UInt8])
    /// Indexes into the strings.
    case text([UInt32])

    var type: AttributeType {
      switch self {
      case .int: .int
      case .float: .float
      case .keyword: .keyword
      case .keywordSet: .keywordSet
      case .bool: .bool
      case .text: .text
      }
    }
  }

  package let rowCount: Int
  package let strings: [String]
  package let columns: [Column]
  /// Where its head stood.
  var place = BodyPlace()

  /// A table from its parts, which the caller has made agree.
  package init(rowCount: Int, strings: [String], columns: [Column]) {
    self.rowCount = rowCount
    self.strings = strings
    self.columns = columns
  }

  /// Where the type of a column stood in the body, or its name.
  package func offset(ofColumn index: Int, name: Bool) -> Int? {
    place.offset.map { columns[..<index].reduce($0 + 2) { $0 + 2 + $1.name.utf8.count } + (name ? 1 : 0) }
  }

  /// A table without columns.
  package static func empty(rowCount: Int) -> AttributeTable {
    AttributeTable(rowCount: rowCount, strings: [], columns: [])
  }

  /// The value of a row in a column, or `nil` if it is missing.
  package func value(row: Int, column: Int) -> AttributeValue? {
    let column = columns[column]
    guard column.isPresent(row) else { return nil }
    switch column.values {
    case .int(let values): return .int(values[row])
    case .float(let values): return .float(values[row])
    case .keyword(let indexes): return .keyword(strings[Int(indexes[row])])
    case .text(let indexes): return .text(strings[Int(indexes[row])])
    case .bool(let bits): return .bool(bits[row / 8] >> (row % 8) & 1 == 1)
    case .keywordSet(let ends, let indexes):
      let start = row == 0 ? 0 : Int(ends[row - 1])
      return .keywordSet(indexes[start..<Int(ends[row])].map { strings[Int($0)] })
    }
  }
}

/// Strings are the same if their bytes are.
extension AttributeTable: Equatable {
  package static func == (a: AttributeTable, b: AttributeTable) -> Bool {
    a.rowCount == b.rowCount && a.columns == b.columns && a.strings.map(\.exact) == b.strings.map(\.exact)
  }
}
