/// How many queries may be in work at once, so that what waits, waits here and not unseen at the shards.
///
/// Shards scan many searches together, so more queries at a time are better up to the point at which searches wait for a
/// scan to take them in. There it stays: a tenth less after a stretch in which all of them waited, one more after a stretch
/// that used what there was and in which some did not.
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
