package import Filters
import Vocabulary

extension BodyReader {
  /// The next filter, a tree in prefix order; `nil` for "no filter".
  package mutating func filter() throws(WireError) -> Filter? {
    let at = offset
    let kind: UInt8 = try integer()
    if kind == 0 { return nil }
    var predicates = 0
    let filter = try node(kind, at: at, depth: 0, &predicates)
    do throws(FilterError) { try filter.validate() } catch {
      throw WireError(
        error.kind == .limitExceeded ? .limitExceeded : .badFilter, fieldOffset: at, message: error.message)
    }
    return filter
  }

  /// Recursion stops at the depth limit.
  private mutating func node(
    _ kindNumber: UInt8, at: Int, depth: Int, _ predicates: inout Int
  ) throws(WireError) -> Filter {
    guard let kind = Filter.Kind(rawValue: kindNumber) else {
      throw WireError(.malformedBody, fieldOffset: at, message: "the kind of a filter's node is 1 to 7")
    }
    switch kind {
    case .and, .or, .not:
      guard depth + 1 < Limits.filterDepthMax else {
        throw WireError(
          .limitExceeded, fieldOffset: at, message: "a filter is at most \(Limits.filterDepthMax) nodes deep")
      }
    case .comparison, .inList, .range, .has:
      predicates += 1
      guard predicates <= Limits.filterPredicatesMax else {
        throw WireError(
          .limitExceeded, fieldOffset: at, message: "a filter has at most \(Limits.filterPredicatesMax) predicates")
      }
    }
    switch kind {
    case .and: return .and(try children(depth, &predicates))
    case .or: return .or(try children(depth, &predicates))
    case .not: return .not(try child(depth, &predicates))
    case .comparison:
      let attribute = try attribute()
      let operatorAt = offset
      guard let comparison = ComparisonOperator(rawValue: try integer()) else {
        throw WireError(.malformedBody, fieldOffset: operatorAt, message: "an operator is 1 to 6")
      }
      return .comparison(attribute, comparison, try filterValue())
    case .inList:
      let attribute = try attribute()
      var values: [FilterValue] = []
      for _ in 0..<(try size(1...Limits.filterInValuesMax, elementSize: 2)) { values.append(try filterValue()) }
      return .inList(attribute, values)
    case .range:
      let attribute = try attribute()
      let lower = try number()
      let upperAt = offset
      let upper = try number()
      guard Number.order(lower, upper) != .greater else {
        throw WireError(.badFilter, fieldOffset: upperAt, message: "the ends of a range are in order")
      }
      return .range(attribute, lower: lower, upper: upper)
    case .has: return .has(try attribute())
    }
  }

  /// The count of children or values: too few are MALFORMED_BODY, too many LIMIT_EXCEEDED.
  private mutating func size(_ range: ClosedRange<Int>, elementSize: Int) throws(WireError) -> Int {
    let at = offset
    let count = try count(UInt16.self, elementSize: elementSize, limit: range.upperBound)
    guard count >= range.lowerBound else {
      throw WireError(.malformedBody, fieldOffset: at, message: "this count is at least \(range.lowerBound)")
    }
    return count
  }

  private mutating func children(_ depth: Int, _ predicates: inout Int) throws(WireError) -> [Filter] {
    var children: [Filter] = []
    for _ in 0..<(try size(2...Limits.filterPredicatesMax, elementSize: 3)) {
      children.append(try child(depth, &predicates))
    }
    return children
  }

  private mutating func child(_ depth: Int, _ predicates: inout Int) throws(WireError) -> Filter {
    let at = offset
    return try node(try integer(), at: at, depth: depth + 1, &predicates)
  }

  private mutating func attribute() throws(WireError) -> Filter.Attribute { Filter.Attribute(try name()) }

  private mutating func number() throws(WireError) -> Number {
    let at = offset
    guard case .number(let number) = try filterValue() else {
      throw WireError(.badFilter, fieldOffset: at, message: "the ends of a range are numbers")
    }
    return number
  }

  private mutating func filterValue() throws(WireError) -> FilterValue {
    let at = offset
    switch try integer(UInt8.self) {
    case 1: return .number(.int(try integer()))
    case 2: return .number(.float(try finiteDouble()))
    case 3: return .keyword(try text(limit: Limits.attributeBytesMax))
    case 5: return .bool(try bool())
    default: throw WireError(.malformedBody, fieldOffset: at, message: "the kind of a value is 1, 2, 3 or 5")
    }
  }
}

extension BodyWriter {
  /// A filter as a tree in prefix order; `nil` is "no filter".
  package mutating func write(_ filter: Filter?) {
    guard let filter else { return write(0 as UInt8) }
    write(filter.kind.rawValue)
    switch filter {
    case .and(let children), .or(let children):
      write(UInt16(children.count))
      for child in children { write(child) }
    case .not(let child): write(child)
    case .comparison(let attribute, let comparison, let value):
      write(name: attribute.name)
      write(comparison.rawValue)
      write(value)
    case .inList(let attribute, let values):
      write(name: attribute.name)
      write(UInt16(values.count))
      for value in values { write(value) }
    case .range(let attribute, let lower, let upper):
      write(name: attribute.name)
      write(.number(lower))
      write(.number(upper))
    case .has(let attribute): write(name: attribute.name)
    }
  }

  private mutating func write(_ value: FilterValue) {
    switch value {
    case .number(.int(let value)):
      write(1 as UInt8)
      write(value)
    case .number(.float(let value)):
      write(2 as UInt8)
      write(value)
    case .keyword(let value):
      write(3 as UInt8)
      write(text: value)
    case .bool(let value):
      write(5 as UInt8)
      write(value)
    }
  }
}
