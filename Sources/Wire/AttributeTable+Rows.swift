package import Vocabulary

extension AttributeTable {
  /// A table of rows of values.
  ///
  /// - Parameters:
  ///   - rows: One entry per definition in each row, `nil` where missing.
  ///   - definitions: Names and types of the columns, in their order.
  /// - Precondition: every value has the type of its column.
  package init(rows: [[AttributeValue?]], definitions: [AttributeDefinition]) {
    var strings = StringPool()
    let columns = definitions.indices.map { index in
      Self.column(definitions[index], rows.map { $0[index] }, &strings)
    }
    self.init(rowCount: rows.count, strings: strings.strings, columns: columns)
  }

  private static func column(
    _ definition: AttributeDefinition, _ values: [AttributeValue?], _ strings: inout StringPool
  ) -> Column {
    let presence = bits(values.map { $0 != nil })
    return Column(name: definition.name, presence: presence, values: typed(definition.type, values, &strings))
  }

  private static func typed(_ type: AttributeType, _ values: [AttributeValue?], _ strings: inout StringPool) -> Values {
    switch type {
    case .int: return .int(values.map { if case .int(let value) = $0 { value } else { 0 } })
    case .float: return .float(values.map { if case .float(let value) = $0 { value } else { 0 } })
    case .bool: return .bool(bits(values.map { $0 == .bool(true) }))
    case .keyword:
      return .keyword(values.map { if case .keyword(let value) = $0 { strings.index(of: value) } else { 0 } })
    case .text: return .text(values.map { if case .text(let value) = $0 { strings.index(of: value) } else { 0 } })
    case .keywordSet:
      var ends: [UInt32] = []
      var indexes: [UInt32] = []
      for value in values {
        if case .keywordSet(let keywords) = value { indexes += keywords.map { strings.index(of: $0) } }
        ends.append(UInt32(indexes.count))
      }
      return .keywordSet(ends: ends, indexes: indexes)
    }
  }

  /// Packs flags eight to a byte, least significant first.
  package static func bits(_ flags: [Bool]) -> [UInt8] {
    var bits = [UInt8](repeating: 0, count: (flags.count + 7) / 8)
    for (index, flag) in flags.enumerated() where flag { bits[index / 8] |= 1 << (index % 8) }
    return bits
  }
}

/// Distinct strings in the order of their first use.
package struct StringPool: Sendable {
  package private(set) var strings: [String] = []
  private var indexes: [ExactText: UInt32] = [:]

  package init() {}

  /// The index of a string, which is added if it is new.
  package mutating func index(of string: String) -> UInt32 {
    if let index = indexes[string.exact] { return index }
    let index = UInt32(strings.count)
    indexes[string.exact] = index
    strings.append(string)
    return index
  }
}
