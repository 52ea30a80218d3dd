/// The limit of queries in work, so that queries wait at the coordinator and not unseen at the shards.
///
/// Shards scan many searches together, so more queries at a time are better until searches wait for a scan to take them
/// in. AIMD (Chiu & Jain 1989) holds the limit there: a tenth less after a stretch in which all of them waited, one
/// more after a stretch that used the whole limit and in which some did not wait.
package struct InFlightLimit: Sendable {
  private static let backOff = 0.9

  private let floor: Double
  private let ceiling: Double
  private var exact: Double

  /// A limit that begins at its ceiling.
  package init(ceiling: Int) {
    self.ceiling = Double(max(1, ceiling))
    floor = min(8, self.ceiling)
    exact = self.ceiling
  }

  /// Queries that may be in work.
  package var count: Int { Int(exact) }

  /// Takes in a stretch of time.
  ///
  /// - Parameters:
  ///   - standing: The standing delay behind the gate, at shards and on the way to a thread; `nil`: not known.
  ///   - wasReached: Whether as many queries were in work as may be.
  package mutating func passed(standing: UInt64?, target: UInt64, wasReached: Bool) {
    guard let standing else { return }
    if standing > target {
      exact = max(floor, exact * Self.backOff)
    } else if wasReached {
      exact = min(ceiling, exact + 1)
    }
  }
}
