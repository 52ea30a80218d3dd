/// The share of its depth that a query gets now, if it names a least depth.
///
/// AIMD (Chiu & Jain 1989): each 100 ms of overload takes a sixth off; after 300 ms without overload each 100 ms adds a
/// twentieth. It falls faster than it rises, so that it does not swing with every burst.
package struct DepthShare: Sendable {
  static let least = 0.1
  private static let backOff = 5.0 / 6
  private static let step = 0.05
  /// Stretches without overload before it comes back.
  private static let calmWanted = 3

  /// 0.1…1.
  package private(set) var share = 1.0
  private var calmCount = 0

  /// All of it.
  package init() {}

  /// Takes in a number of stretches of time.
  package mutating func passed(isOverloaded: Bool, count: Int) {
    if isOverloaded {
      calmCount = 0
      share = max(Self.least, share * Self.backOff)
      return
    }
    let steps = max(0, min(count, calmCount + count - Self.calmWanted))
    calmCount = min(Self.calmWanted, calmCount + count)
    share = min(1, share + Self.step * Double(min(steps, 100)))
  }

  /// The candidates of a query.
  ///
  /// - Parameter leastDepth: What the query allows at least; 0: what it asks for.
  package func depth(asked: Int, least leastDepth: Int, k: Int) -> Int {
    guard leastDepth > 0 else { return asked }
    return min(asked, max(leastDepth, k, Int((Double(asked) * share).rounded(.up))))
  }
}
