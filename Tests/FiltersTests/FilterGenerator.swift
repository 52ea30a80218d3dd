import Filters
import Support
import Vocabulary

/// Random filters and items that fit the schema of the examples.
struct FilterGenerator {
  var random: SeededRandom
  private var predicatesLeft = 0

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func filter() -> Filter {
    predicatesLeft = Int.random(in: 1...Limits.filterPredicatesMax, using: &random)
    return node(depth: 1)
  }

  private mutating func node(depth: Int) -> Filter {
    let choice = depth < Limits.filterDepthMax ? Int.random(in: 0..<6, using: &random) : 5
    guard choice < 3 else { return predicate() }
    if choice == 0 { return .not(node(depth: depth + 1)) }
    var children = [node(depth: depth + 1)]
    repeat { children.append(node(depth: depth + 1)) } while predicatesLeft > 0 && Bool.random(using: &random)
    return choice == 1 ? .and(children) : .or(children)
  }

  /// One predicate; a `has` once the count is used up, which trees of these sizes rarely come to.
  private mutating func predicate() -> Filter {
    predicatesLeft -= 1
    let name = ["price", "weight", "brand", "colours", "in_stock", "in"].randomElement(using: &random) ?? "in"
    let attribute = Filter.Attribute(name)
    let isNumeric = ["price", "weight", "in"].contains(name)
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return .has(attribute)
    case 1:
      return .inList(attribute, (0..<Int.random(in: 1...5, using: &random)).map { _ in value(name) })
    case 2 where isNumeric:
      let (a, b) = (number(), number())
      return Number.order(a, b) == .greater
        ? .range(attribute, lower: b, upper: a) : .range(attribute, lower: a, upper: b)
    default:
      let operators = ComparisonOperator.allCases.filter { isNumeric || !$0.isOrdering }
      return .comparison(attribute, operators.randomElement(using: &random) ?? .equal, value(name))
    }
  }

  private mutating func value(_ name: String) -> FilterValue {
    switch name {
    case "brand", "colours": .keyword(keyword())
    case "in_stock": .bool(Bool.random(using: &random))
    default: .number(number())
    }
  }

  mutating func number() -> Number {
    Bool.random(using: &random) ? .int(integer()) : .float(float())
  }

  mutating func integer() -> Int64 {
    let edges: [Int64] = [0, 1, -1, .max, .min, .max - 1, .min + 1, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1, 2, -2]
    return edges.randomElement(using: &random) ?? 0
  }

  mutating func float() -> Double {
    let edges: [Double] = [
      0, -0.0, 0.5, -0.5, 1, -1, 1.5, -1.5, 0x1p53, 0x1p53 + 2, -0x1p53, 0x1p63, -0x1p63, (0x1p63).nextDown,
      (-0x1p63).nextDown, 1e300, -1e300, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1,
    ]
    return edges.randomElement(using: &random) ?? 0
  }

  mutating func keyword() -> String {
    let keywords = ["", "a", "red", "A b", "in", "true", "10", "é", "e\u{301}", "\"\\\n\t\r\u{0}\u{7f}", "😀", "_x-1"]
    return keywords.randomElement(using: &random) ?? ""
  }

  mutating func item() -> [AttributeValue?] {
    func maybe(_ value: AttributeValue) -> AttributeValue? { Int.random(in: 0..<4, using: &random) == 0 ? nil : value }
    let members = (0..<Int.random(in: 0...3, using: &random)).map { _ in keyword() }
    let (price, weight, brand) = (integer(), float(), keyword())
    let (inStock, other) = (Bool.random(using: &random), integer())
    return [
      maybe(.int(price)), maybe(.float(weight)), maybe(.keyword(brand)), maybe(.keywordSet(members)),
      maybe(.bool(inStock)), nil, maybe(.int(other)), nil,
    ]
  }
}
