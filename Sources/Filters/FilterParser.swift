import Vocabulary

/// Reads the filter language, the EBNF of `proto-spec/10-filters.md`, by recursive descent.
///
/// Nesting is counted before each descent, so that no text can exhaust the stack.
package struct FilterParser {
  private var scanner: FilterScanner
  private var predicateCount = 0

  /// The tree of a filter's text.
  ///
  /// - Throws: The first error from left to right, at its column; limits of the whole tree are checked last.
  package static func parse(_ text: String) throws(FilterError) -> Filter {
    guard text.utf8.count <= Limits.filterTextBytesMax else {
      throw FilterError(.limitExceeded, column: 1, "a filter has at most \(Limits.filterTextBytesMax) bytes")
    }
    var parser = FilterParser(scanner: FilterScanner(text))
    let filter = try parser.disjunction(open: 0)
    guard parser.scanner.isAtEnd else {
      throw parser.scanner.expected("'and', 'or' or the end of the filter", isBehindValue: true)
    }
    try filter.validate()
    return filter
  }

  /// - Parameter open: How many parentheses and `not`s are open here.
  private mutating func disjunction(open: Int) throws(FilterError) -> Filter {
    var terms = [try conjunction(open: open)]
    while scanner.take(word: "or") { terms.append(try conjunction(open: open)) }
    return terms.count == 1 ? terms[0] : .or(terms)
  }

  private mutating func conjunction(open: Int) throws(FilterError) -> Filter {
    var factors = [try factor(open: open)]
    while scanner.take(word: "and") { factors.append(try factor(open: open)) }
    return factors.count == 1 ? factors[0] : .and(factors)
  }

  private mutating func factor(open: Int) throws(FilterError) -> Filter {
    let column = scanner.column
    if scanner.take(word: "not") {
      guard open + 1 < Limits.filterDepthMax else { throw .tooDeep(column: column) }
      return .not(try factor(open: open + 1))
    }
    if scanner.take("(") {
      guard open + 1 < Limits.filterDepthMax else { throw .tooDeep(column: column) }
      let inner = try disjunction(open: open + 1)
      guard scanner.take(")") else {
        throw scanner.expected("'and', 'or' or ')'", isBehindValue: true)
      }
      return inner
    }
    return try predicate()
  }

  private mutating func predicate() throws(FilterError) -> Filter {
    predicateCount += 1
    guard predicateCount <= Limits.filterPredicatesMax else { throw .tooManyPredicates(column: scanner.column) }
    if scanner.take(word: "has") { return .has(try scanner.attribute()) }
    let attribute = try scanner.attribute()
    if scanner.take(word: "in") {
      return scanner.take("(") ? try list(attribute) : try range(attribute)
    }
    guard let comparison = scanner.comparisonOperator() else {
      throw scanner.expected("'=', '!=', '<', '<=', '>', '>=' or 'in'")
    }
    return .comparison(attribute, comparison, try scanner.value())
  }

  private mutating func list(_ attribute: Filter.Attribute) throws(FilterError) -> Filter {
    var values = [try scanner.value()]
    while scanner.take(",") {
      guard values.count < Limits.filterInValuesMax else { throw .tooManyValues(column: scanner.column) }
      values.append(try scanner.value())
    }
    guard scanner.take(")") else { throw scanner.expected("',' or ')'", isBehindValue: true) }
    return .inList(attribute, values)
  }

  private mutating func range(_ attribute: Filter.Attribute) throws(FilterError) -> Filter {
    guard scanner.isAtNumber else { throw scanner.expected("'(' or a number") }
    let lower = try scanner.number()
    guard scanner.take("..") else { throw scanner.expected("'..'") }
    guard scanner.isAtNumber else { throw scanner.expected("a number") }
    return .range(attribute, lower: lower, upper: try scanner.number())
  }
}
