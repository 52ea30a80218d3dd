/// Requests a second: the same throughout, or climbing evenly over the stretch that is counted.
package struct LoadRate: Hashable, Sendable {
  /// In the warm-up and when counting begins; above 0.
  package let first: Double
  /// When counting ends; above 0.
  package let last: Double

  /// The same rate throughout.
  package init(_ rate: Double) { self.init(from: rate, to: rate) }

  /// A ramp.
  ///
  /// - Precondition: both ends are above 0.
  package init(from first: Double, to last: Double) {
    precondition(first > 0 && last > 0, "arrivals need a rate")
    self.first = first
    self.last = last
  }

  /// Over the stretch that is counted.
  package var mean: Double { (first + last) / 2 }
}
