import Vocabulary

/// Attribute values of rows by column, in the shape in which replies carry them.
package struct AttributeTable: Sendable {
  /// One attribute of all rows.
  package struct Column: Equatable, Sendable {
    /// Whether row i has a value `[n]`.
    package internal(set) var presence: [Bool]
    package internal(set) var values: Values
  }

  /// Values `[n]`; a missing one is 0, false or an empty set.
  package enum Values: Equatable, Sendable {
    case int([Int64])
    case float([Double])
    case bool([Bool])
    /// Indices into the strings.
    case keyword([UInt32])
    /// The running end of each row's members `[n]`, and the members as indices into the strings.
    case keywordSet(ends: [UInt32], members: [UInt32])
    /// Indices into the strings.
    case text([UInt32])
  }

  /// Keywords stand once, texts once a row.
  package internal(set) var strings: [String] = []
  package internal(set) var columns: [Column] = []
}

/// Strings are the same if their bytes are.
extension AttributeTable: Equatable {
  package static func == (a: AttributeTable, b: AttributeTable) -> Bool {
    a.columns == b.columns && a.strings.map(\.exact) == b.strings.map(\.exact)
  }
}
