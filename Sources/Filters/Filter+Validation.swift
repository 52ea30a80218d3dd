import Vocabulary

extension Filter {
  /// Checks everything that does not need a schema: limits, counts, names and numbers.
  ///
  /// Recursion stops at the depth limit, however deep the tree is.
  /// - Throws: `limitExceeded`, `badName`, `emptyRange` or `malformedTree`, at the column of the predicate.
  package func validate() throws(FilterError) {
    var predicates = 0
    try validate(depth: 1, predicates: &predicates)
  }

  /// - Parameter depth: One more than the `and`, `or` and `not` above this node.
  private func validate(depth: Int, predicates: inout Int) throws(FilterError) {
    switch self {
    case .and(let children), .or(let children):
      guard !children.isEmpty else {
        throw FilterError(.malformedTree, column: 0, "'and' and 'or' join at least one filter")
      }
      try checkDepth(depth)
      for child in children { try child.validate(depth: depth + 1, predicates: &predicates) }
    case .not(let child):
      try checkDepth(depth)
      try child.validate(depth: depth + 1, predicates: &predicates)
    case .comparison(let attribute, _, let value):
      try Self.check(attribute, &predicates)
      try Self.check([value], at: attribute)
    case .inList(let attribute, let values):
      try Self.check(attribute, &predicates)
      guard !values.isEmpty else {
        throw FilterError(.malformedTree, column: attribute.column, "'in' needs at least one value")
      }
      guard values.count <= Limits.filterInValuesMax else {
        throw .tooManyValues(column: attribute.column)
      }
      try Self.check(values, at: attribute)
    case .range(let attribute, let lower, let upper):
      try Self.check(attribute, &predicates)
      try Self.check([.number(lower), .number(upper)], at: attribute)
      guard Number.order(lower, upper) != .greater else {
        throw FilterError(.emptyRange, column: attribute.column, "the range ends before it begins")
      }
    case .has(let attribute):
      try Self.check(attribute, &predicates)
    }
  }

  private func checkDepth(_ depth: Int) throws(FilterError) {
    guard depth < Limits.filterDepthMax else { throw .tooDeep(column: column) }
  }

  private static func check(_ attribute: Attribute, _ predicates: inout Int) throws(FilterError) {
    predicates += 1
    guard predicates <= Limits.filterPredicatesMax else { throw .tooManyPredicates(column: attribute.column) }
    guard isName(attribute.name) else {
      throw FilterError(.badName, column: attribute.column, "attribute names consist of a-z, 0-9, '_' and '-'")
    }
  }

  private static func check(_ values: [FilterValue], at attribute: Attribute) throws(FilterError) {
    for case .number(let number) in values where !number.isFinite {
      throw FilterError(.malformedTree, column: attribute.column, "numbers are finite")
    }
  }

  /// Where the first predicate of this tree begins; 0 if the tree is deeper than any text.
  private var column: Int {
    var node = self
    for _ in 0...Limits.filterTextBytesMax {
      switch node {
      case .and(let children), .or(let children):
        guard let first = children.first else { return 0 }
        node = first
      case .not(let child): node = child
      case .comparison(let attribute, _, _), .inList(let attribute, _), .range(let attribute, _, _),
        .has(let attribute):
        return attribute.column
      }
    }
    return 0
  }
}

extension FilterError {
  static func tooDeep(column: Int) -> FilterError {
    FilterError(.limitExceeded, column: column, "more than \(Limits.filterDepthMax) levels of nesting")
  }

  static func tooManyPredicates(column: Int) -> FilterError {
    FilterError(.limitExceeded, column: column, "more than \(Limits.filterPredicatesMax) predicates")
  }

  static func tooManyValues(column: Int) -> FilterError {
    FilterError(.limitExceeded, column: column, "more than \(Limits.filterInValuesMax) values in one 'in'")
  }
}
