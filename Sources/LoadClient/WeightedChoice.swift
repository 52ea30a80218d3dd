/// Whole numbers that come up by their weights, such as `10:8,100:2`; without weights evenly.
package struct WeightedChoice: Sendable, Equatable {
  /// The numbers and how often they come up among all, which add up to 1.
  package let shares: [(value: Int, share: Double)]

  /// Reads numbers with commas between them, each with `:WEIGHT` if it has one.
  ///
  /// - Returns: `nil` if the text is not such, or a number is outside the range.
  package init?(_ text: String, in range: ClosedRange<Int>) {
    var entries: [(value: Int, share: Double)] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: ":", omittingEmptySubsequences: false)
      guard (1...2).contains(sides.count), let value = Int(sides[0]), range.contains(value),
        let weight = sides.count == 2 ? Double(sides[1]) : 1, weight > 0, weight.isFinite
      else { return nil }
      entries.append((value, weight))
    }
    let sum = entries.reduce(0) { $0 + $1.share }
    shares = entries.map { ($0.value, $0.share / sum) }
  }

  /// The largest of the numbers.
  package var most: Int { shares.map(\.value).max() ?? 0 }

  /// One of the numbers.
  package func value(_ draws: inout RequestDraws) -> Int {
    var rest = draws.unit()
    for entry in shares {
      rest -= entry.share
      if rest < 0 { return entry.value }
    }
    return shares.last?.value ?? 0
  }

  package static func == (a: WeightedChoice, b: WeightedChoice) -> Bool {
    a.shares.elementsEqual(b.shares) { $0 == $1 }
  }
}
