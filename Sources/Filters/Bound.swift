/// One end of the numbers that a predicate admits, and its exact reduction to the numbers that a column can hold.
struct Bound {
  let number: Number
  let isIncluded: Bool

  init(_ number: Number, isIncluded: Bool) {
    self.number = number
    self.isIncluded = isIncluded
  }

  /// The lower end of `x op number`; both ends of `!=` are those of `=`, to be negated.
  static func lower(of comparison: ComparisonOperator, _ number: Number) -> Bound? {
    switch comparison {
    case .equal, .notEqual, .greaterOrEqual: Bound(number, isIncluded: true)
    case .greater: Bound(number, isIncluded: false)
    case .less, .lessOrEqual: nil
    }
  }

  /// The upper end of `x op number`.
  static func upper(of comparison: ComparisonOperator, _ number: Number) -> Bound? {
    switch comparison {
    case .equal, .notEqual, .lessOrEqual: Bound(number, isIncluded: true)
    case .less: Bound(number, isIncluded: false)
    case .greater, .greaterOrEqual: nil
    }
  }

  /// The integers between two bounds; `nil` if there are none.
  static func ints(_ lower: Bound?, _ upper: Bound?) -> ClosedRange<Int64>? {
    var first = Int64.min
    if let lower {
      guard let least = lower.leastInt else { return nil }
      first = least
    }
    var last = Int64.max
    if let upper {
      guard let greatest = upper.greatestInt else { return nil }
      last = greatest
    }
    return first <= last ? first...last : nil
  }

  /// The float64 values between two bounds; `nil` if there are none.
  static func floats(_ lower: Bound?, _ upper: Bound?) -> ClosedRange<Double>? {
    let first = lower?.leastFloat ?? -.infinity
    let last = upper?.greatestFloat ?? .infinity
    return first <= last ? first...last : nil
  }

  /// The integer that equals a number, if there is one.
  static func int(_ number: Number) -> Int64? {
    switch number {
    case .int(let value): value
    case .float(let value): Int64(exactly: value)
    }
  }

  /// The float64 that equals a number, if there is one.
  static func float(_ number: Number) -> Double? {
    switch number {
    case .int(let value): Double(exactly: value)
    case .float(let value): value
    }
  }

  /// The least integer that a lower bound admits.
  private var leastInt: Int64? {
    switch number {
    case .int(let value): return isIncluded ? value : value == .max ? nil : value + 1
    case .float(let value):
      if value < -0x1p63 { return .min }
      guard value < 0x1p63 else { return nil }
      // Truncation goes up for negative numbers and down for positive ones.
      let whole = Int64(value)
      switch Number.order(.int(whole), number) {
      case .greater: return whole
      case .equal where isIncluded: return whole
      // A float64 with a fraction is far below 2^63; only a whole one can be Int64.max + 1, which was refused above.
      default: return whole == .max ? nil : whole + 1
      }
    }
  }

  /// The greatest integer that an upper bound admits.
  private var greatestInt: Int64? {
    switch number {
    case .int(let value): return isIncluded ? value : value == .min ? nil : value - 1
    case .float(let value):
      if value >= 0x1p63 { return .max }
      guard value >= -0x1p63 else { return nil }
      let whole = Int64(value)
      switch Number.order(.int(whole), number) {
      case .less: return whole
      case .equal where isIncluded: return whole
      default: return whole == .min ? nil : whole - 1
      }
    }
  }

  /// The least float64 that a lower bound admits.
  private var leastFloat: Double {
    let nearest = nearestFloat
    switch Number.order(.float(nearest), number) {
    case .greater: return nearest
    case .equal where isIncluded: return nearest
    default: return nearest.nextUp
    }
  }

  /// The greatest float64 that an upper bound admits.
  private var greatestFloat: Double {
    let nearest = nearestFloat
    switch Number.order(.float(nearest), number) {
    case .less: return nearest
    case .equal where isIncluded: return nearest
    default: return nearest.nextDown
    }
  }

  private var nearestFloat: Double {
    switch number {
    case .int(let value): Double(value)
    case .float(let value): value
    }
  }
}
