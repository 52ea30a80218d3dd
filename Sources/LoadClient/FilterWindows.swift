/// Filters that let a given share of the items pass: windows over the values that a sample of them has.
package struct FilterWindows: Sendable {
  private let attribute: String
  private let sorted: [Double]
  private let shares: [Double]

  /// Windows over an attribute of numbers.
  ///
  /// - Parameters:
  ///   - sample: The values of some items, at least one.
  ///   - shares: How much passes, each 0…1; drawn evenly.
  package init?(attribute: String, sample: [Double], shares: [Double]) {
    guard !sample.isEmpty, !shares.isEmpty else { return nil }
    self.attribute = attribute
    sorted = sample.sorted()
    self.shares = shares
  }

  /// A filter in the filter language.
  package func filter(_ draws: inout RequestDraws) -> String {
    let share = shares[Int(draws.next() % UInt64(shares.count))]
    let width = min(sorted.count, max(1, Int((share * Double(sorted.count)).rounded())))
    let first = Int(draws.next() % UInt64(sorted.count - width + 1))
    return "\(attribute) >= \(Self.text(sorted[first])) and \(attribute) <= \(Self.text(sorted[first + width - 1]))"
  }

  /// A whole number without a point, as an attribute of integers wants it.
  private static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
  }
}
