/// The share of the depth asked for that queries get now, of those that allow less.
///
/// It falls by a sixth with every stretch of overload, and comes back in steps once there were some without: faster down
/// than up, so that it does not swing with every burst.
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
