package import Vocabulary

extension Filter {
  /// Checks the filter against a schema and reduces its predicates to tests on columns.
  ///
  /// - Throws: What `validate` throws, then the first of `unknownAttribute`, `notFilterable`, `operatorNotAllowed` and
  ///   `operandMismatch`, at the column of the predicate.
  package func typed(against schema: CollectionSchema) throws(FilterError) -> TypedFilter {
    try validate()
    return try reduced(to: schema)
  }

  /// Recursion is bounded by the depth that `validate` has checked.
  private func reduced(to schema: CollectionSchema) throws(FilterError) -> TypedFilter {
    switch self {
    case .and(let children): return .and(try Self.reduced(children, to: schema))
    case .or(let children): return .or(try Self.reduced(children, to: schema))
    case .not(let child): return .not(try child.reduced(to: schema))
    case .has(let attribute):
      let (column, _) = try schema.column(of: attribute)
      return .predicate(column: column, .any, isNegated: false)
    case .comparison(let attribute, let comparison, let value):
      let (column, type) = try schema.column(of: attribute)
      guard !comparison.isOrdering || type.isNumeric else {
        throw FilterError(
          .operatorNotAllowed, column: attribute.column,
          "\(type.word) has no order: '\(comparison.symbol)' needs an int or a float")
      }
      if case .number(let number) = value, type.isNumeric {
        return .bounded(
          column, type, Bound.lower(of: comparison, number), Bound.upper(of: comparison, number),
          isNegated: comparison == .notEqual)
      }
      return try .among(column, type, [value], attribute, isNegated: comparison == .notEqual)
    case .range(let attribute, let lower, let upper):
      let (column, type) = try schema.column(of: attribute)
      guard type.isNumeric else {
        throw FilterError(
          .operatorNotAllowed, column: attribute.column, "\(type.word) has no order: a range needs an int or a float")
      }
      return .bounded(column, type, Bound(lower, isIncluded: true), Bound(upper, isIncluded: true), isNegated: false)
    case .inList(let attribute, let values):
      let (column, type) = try schema.column(of: attribute)
      return try .among(column, type, values, attribute, isNegated: false)
    }
  }

  private static func reduced(_ filters: [Filter], to schema: CollectionSchema) throws(FilterError) -> [TypedFilter] {
    var typed: [TypedFilter] = []
    for filter in filters { typed.append(try filter.reduced(to: schema)) }
    return typed
  }
}

extension CollectionSchema {
  fileprivate func column(of attribute: Filter.Attribute) throws(FilterError) -> (Int, AttributeType) {
    guard let column = attributeIndex(named: attribute.name) else {
      throw FilterError(
        .unknownAttribute, column: attribute.column,
        "the collection has no attribute \(FilterError.quoted(attribute.name))")
    }
    let type = attributes[column].type
    guard type != .text else {
      throw FilterError(
        .notFilterable, column: attribute.column,
        "\(FilterError.quoted(attribute.name)) is text, which is kept for display and cannot be filtered")
    }
    return (column, type)
  }
}

extension AttributeType {
  fileprivate var isNumeric: Bool { self == .int || self == .float }
}

extension TypedFilter {
  /// The filter that no value passes.
  private static func nothing(_ column: Int) -> TypedFilter { .predicate(column: column, .any, isNegated: true) }

  /// A numeric column between two bounds.
  fileprivate static func bounded(
    _ column: Int, _ type: AttributeType, _ lower: Bound?, _ upper: Bound?, isNegated: Bool
  ) -> TypedFilter {
    let test: Test? =
      if type == .int {
        Bound.ints(lower, upper).map { .int($0) }
      } else {
        Bound.floats(lower, upper).map { .float($0) }
      }
    // No value lies between the bounds: nothing passes, or, negated, everything that is present.
    guard let test else { return .predicate(column: column, .any, isNegated: !isNegated) }
    return .predicate(column: column, test, isNegated: isNegated)
  }

  /// A column that equals, or contains, one of some values.
  fileprivate static func among(
    _ column: Int, _ type: AttributeType, _ values: [FilterValue], _ attribute: Filter.Attribute, isNegated: Bool
  ) throws(FilterError) -> TypedFilter {
    var numbers: [Number] = []
    var keywords: [String] = []
    var bools: [Bool] = []
    for (index, value) in values.enumerated() {
      switch (type, value) {
      case (.int, .number(let number)), (.float, .number(let number)): numbers.append(number)
      case (.keyword, .keyword(let keyword)), (.keywordSet, .keyword(let keyword)): keywords.append(keyword)
      case (.bool, .bool(let bool)): bools.append(bool)
      default:
        let place = values.count > 1 ? "value \(index + 1) of the list" : "the value"
        throw FilterError(
          .operandMismatch, column: attribute.column,
          "\(FilterError.quoted(attribute.name)) is \(type.word), but \(place) is \(value.word)"
            + Self.hint(type, value))
      }
    }
    switch type {
    case .int:
      let ints = Set(numbers.compactMap(Bound.int)).sorted()
      return ints.isEmpty ? nothing(column) : .predicate(column: column, .intAmong(ints), isNegated: isNegated)
    case .float:
      let floats = Set(numbers.compactMap(Bound.float)).sorted()
      return floats.isEmpty ? nothing(column) : .predicate(column: column, .floatAmong(floats), isNegated: isNegated)
    case .keyword, .keywordSet:
      return .predicate(column: column, .keywordAmong(Set(keywords.map(\.exact)).sorted()), isNegated: isNegated)
    case .bool, .text:
      let test: Test = bools.allSatisfy { $0 == bools.first } ? .bool(bools.first ?? false) : .any
      return .predicate(column: column, test, isNegated: isNegated)
    }
  }
}

extension TypedFilter {
  /// How the value of another type would be written.
  private static func hint(_ type: AttributeType, _ value: FilterValue) -> String {
    switch (type, value) {
    case (.int, .keyword), (.float, .keyword): "; a number stands without quotation marks"
    case (.keyword, .number), (.keywordSet, .number), (.keyword, .bool), (.keywordSet, .bool):
      "; a keyword that looks like a number, true or false needs double quotation marks"
    case (.bool, _): "; a bool is true or false, in lower case and without quotation marks"
    default: ""
    }
  }
}

extension FilterValue {
  /// The type of the value, for errors.
  fileprivate var word: String {
    switch self {
    case .number: "a number"
    case .keyword: "a keyword"
    case .bool: "a bool"
    }
  }
}
