import Vocabulary

/// The syntax tree of a filter; `proto-spec/10-filters.md` is its meaning.
package indirect enum Filter: Equatable, Sendable {
  /// The attribute is present and stands in a relation to a value.
  case comparison(Attribute, ComparisonOperator, FilterValue)
  /// The attribute is present and equals one of 1…1,024 values.
  case inList(Attribute, [FilterValue])
  /// The attribute is present and lies between two numbers, both included.
  case range(Attribute, lower: Number, upper: Number)
  /// The attribute is present.
  case has(Attribute)
  /// All of 1…32 filters hold; text gives at least 2.
  case and([Filter])
  /// At least one of 1…32 filters holds; text gives at least 2.
  case or([Filter])
  /// The filter does not hold.
  case not(Filter)

  /// An attribute as a filter names it; equality looks at the name alone.
  package struct Attribute: Equatable, Sendable {
    /// As the schema has it.
    package let name: String
    /// Where the name begins in the filter's text, 1-based, in UTF-8 bytes; 0 if there is no text.
    package let column: Int

    /// A name at a column of the text.
    package init(_ name: String, column: Int = 0) {
      self.name = name
      self.column = column
    }

    /// Equality of names.
    package static func == (a: Attribute, b: Attribute) -> Bool { a.name == b.name }
  }

  /// The number of a node's kind, as trees travel: the kind first, its children after it.
  package enum Kind: UInt8, CaseIterable, Sendable {
    case and = 1
    case or = 2
    case not = 3
    case comparison = 4
    case range = 5
    case inList = 6
    case has = 7
  }

  /// The kind of this node.
  package var kind: Kind {
    switch self {
    case .and: .and
    case .or: .or
    case .not: .not
    case .comparison: .comparison
    case .inList: .inList
    case .range: .range
    case .has: .has
    }
  }
}

/// The relation between an attribute and a value; the raw value is its number on the wire.
package enum ComparisonOperator: UInt8, CaseIterable, Sendable {
  case equal = 1
  case notEqual = 2
  case less = 3
  case lessOrEqual = 4
  case greater = 5
  case greaterOrEqual = 6

  /// How the operator is written.
  package var symbol: String {
    switch self {
    case .equal: "="
    case .notEqual: "!="
    case .less: "<"
    case .lessOrEqual: "<="
    case .greater: ">"
    case .greaterOrEqual: ">="
    }
  }

  /// Whether the operator needs an order, which only numbers have.
  package var isOrdering: Bool { self != .equal && self != .notEqual }
}

/// A literal of a filter.
package enum FilterValue: Equatable, Sendable {
  case number(Number)
  case keyword(String)
  case bool(Bool)

  /// Equality of kind and bytes: `1` and `1.0` differ, and so do two spellings of one grapheme.
  package static func == (a: FilterValue, b: FilterValue) -> Bool {
    switch (a, b) {
    case (.number(let a), .number(let b)): a == b
    case (.keyword(let a), .keyword(let b)): a.exact == b.exact
    case (.bool(let a), .bool(let b)): a == b
    default: false
    }
  }
}
