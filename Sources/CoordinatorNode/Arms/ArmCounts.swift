import Glibc
import Vocabulary
import Wire

/// What a coordinator has seen of one arm.
struct ArmCounts: Sendable {
  /// Parts into which the shoppers of an arm are divided by chance: how much these differ says how much arms do.
  static let cellCount = 64

  private(set) var queries: UInt64 = 0
  private(set) var failures: UInt64 = 0
  /// Queries that took longer than each guard of the plan allows.
  private(set) var slow: [UInt64]
  private(set) var microseconds: UInt64 = 0
  private(set) var carts: UInt64 = 0
  private(set) var purchases: UInt64 = 0
  private var cells = [(queries: Double, clicks: Double)](repeating: (0, 0), count: cellCount)

  init(guards: Int) { slow = [UInt64](repeating: 0, count: guards) }

  private static func cell(_ user: UInt64) -> Int {
    Int(SplitMix64.mixed(user ^ 0x6365_6C6C_73) % UInt64(cellCount))
  }

  /// A query was answered, or failed.
  mutating func answered(
    _ user: UInt64, failed: Bool, microseconds: UInt64, guards: [ExperimentPlan.Guard]
  ) {
    queries += 1
    cells[Self.cell(user)].queries += 1
    if failed { failures += 1 }
    self.microseconds &+= microseconds
    for (place, limit) in guards.enumerated() where limit.kind == .slow && microseconds > UInt64(limit.limit) {
      slow[place] += 1
    }
  }

  /// A shopper did something.
  mutating func happened(_ user: UInt64, _ action: ShopperAction) {
    switch action {
    case .click: cells[Self.cell(user)].clicks += 1
    case .cart: carts += 1
    case .purchase: purchases += 1
    default: break
    }
  }

  var clicks: Double { cells.reduce(0) { $0 + $1.clicks } }

  /// Clicks for each query with the square of their standard error, from what the cells differ by.
  private var rate: (mean: Double, variance: Double) {
    let (all, clicks) = (Double(queries), clicks)
    guard all > 0 else { return (0, 0) }
    let mean = clicks / all
    let squares = cells.reduce(0) { $0 + ($1.clicks - mean * $1.queries) * ($1.clicks - mean * $1.queries) }
    let count = Double(Self.cellCount)
    return (mean, count / (count - 1) * squares / (all * all))
  }

  // MARK: Against the first arm

  /// Clicks for each query less those of the first arm, and half of the interval that holds at every look; `nil`: too
  /// few have clicked.
  ///
  /// The mixture sequential probability ratio test (Robbins 1970), with τ a twentieth of what the first arm has.
  func difference(_ first: ArmCounts) -> (mean: Double, width: Double)? {
    let (own, other) = (rate, first.rate)
    let variance = own.variance + other.variance
    let spread = other.mean * other.mean / 400
    guard variance > 0, spread > 0 else { return nil }
    let likelihood = log(((variance + spread) / variance).squareRoot() / 0.05)
    return (own.mean - other.mean, (2 * variance * (variance + spread) / spread * likelihood).squareRoot())
  }

  /// Standard errors at one look that are beyond chance, though a coordinator looks each second.
  private static let errors = 4.0
  private static let queriesMin: UInt64 = 100

  /// What a guard says of this arm, for people; `nil`: the arm keeps the limit, as far as is known.
  func breach(_ limit: ExperimentPlan.Guard, at place: Int, _ first: ArmCounts) -> String? {
    guard queries >= Self.queriesMin else { return nil }
    let all = Double(queries)
    func isAbove(_ count: UInt64, _ share: Double) -> Bool {
      Double(count) - share * all > Self.errors * (all * share * max(0, 1 - share)).squareRoot()
    }
    switch limit.kind {
    case .errors:
      let share = Double(limit.limit) / 1e6
      return isAbove(failures, share) ? "\(failures) of \(queries) queries failed, more than \(share)" : nil
    case .slow:
      guard isAbove(slow[place], 0.01) else { return nil }
      return "\(slow[place]) of \(queries) queries took more than \(limit.limit) µs, more than one in a hundred"
    case .clicks:
      let (own, other) = (rate, first.rate)
      let variance = own.variance + other.variance
      let lost = other.mean - own.mean
      guard first.queries >= Self.queriesMin, variance > 0, lost > Self.errors * variance.squareRoot(),
        lost > other.mean * Double(limit.limit) / 1e6
      else { return nil }
      return "\(own.mean) clicks for each query, \(other.mean) in the first arm"
    }
  }
}
