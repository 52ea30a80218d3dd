import Filters
import Vocabulary

extension Filter {
  /// The meaning of a filter, told directly from section 10.5 and without any reduction: the oracle of these tests.
  func means(_ item: [AttributeValue?], _ schema: CollectionSchema) -> Bool {
    func value(_ attribute: Attribute) -> AttributeValue? {
      schema.attributeIndex(named: attribute.name).flatMap { item[$0] }
    }
    switch self {
    case .and(let children): return children.allSatisfy { $0.means(item, schema) }
    case .or(let children): return children.contains { $0.means(item, schema) }
    case .not(let child): return !child.means(item, schema)
    case .has(let attribute): return value(attribute) != nil
    case .comparison(let attribute, let comparison, let literal):
      return value(attribute).map { Self.holds($0, comparison, literal) } ?? false
    case .inList(let attribute, let literals):
      return value(attribute).map { value in literals.contains { Self.holds(value, .equal, $0) } } ?? false
    case .range(let attribute, let lower, let upper):
      return value(attribute).map {
        Self.holds($0, .greaterOrEqual, .number(lower)) && Self.holds($0, .lessOrEqual, .number(upper))
      } ?? false
    }
  }

  private static func holds(_ value: AttributeValue, _ comparison: ComparisonOperator, _ literal: FilterValue) -> Bool {
    switch (value, literal) {
    case (.int(let a), .number(let b)): holds(sign(.int(a), b), comparison)
    case (.float(let a), .number(let b)): holds(sign(.float(a), b), comparison)
    case (.keyword(let a), .keyword(let b)): (Array(a.utf8) == Array(b.utf8)) == (comparison == .equal)
    case (.keywordSet(let set), .keyword(let b)):
      set.contains { Array($0.utf8) == Array(b.utf8) } == (comparison == .equal)
    case (.bool(let a), .bool(let b)): (a == b) == (comparison == .equal)
    default: false
    }
  }

  private static func holds(_ sign: Int, _ comparison: ComparisonOperator) -> Bool {
    switch comparison {
    case .equal: sign == 0
    case .notEqual: sign != 0
    case .less: sign < 0
    case .lessOrEqual: sign <= 0
    case .greater: sign > 0
    case .greaterOrEqual: sign >= 0
    }
  }

  /// The sign of a − b as real numbers: whole parts by flooring into 128 bits, then fractions.
  static func sign(_ a: Number, _ b: Number) -> Int {
    let (x, y) = (floor(a), floor(b))
    if x.whole != y.whole { return x.whole < y.whole ? -1 : 1 }
    return x.fraction == y.fraction ? 0 : x.fraction < y.fraction ? -1 : 1
  }

  private static func floor(_ number: Number) -> (whole: Int128, fraction: Double) {
    switch number {
    case .int(let value): return (Int128(value), 0)
    case .float(let value):
      // Beyond 2^100 only the sign against an int64 matters, and two floats there have no fractions to compare.
      if value.magnitude > 0x1p100 { return (value > 0 ? .max : .min, value) }
      let whole = value.rounded(.down)
      return (Int128(whole), value - whole)
    }
  }
}
