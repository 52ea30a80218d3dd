import DataSets

/// How much less results are looked at the further down they stand: a place p, from 1, is examined p^−η as often as the
/// first.
///
/// η comes from answers in which two neighbours were exchanged at random (Joachims, Swaminathan, Schnabel 2017): the same
/// items then stood at both places, so that what clicks differ by is the place alone.
package struct Examination: Sendable, Equatable {
  /// η, 0…3.
  package let decay: Double
  /// Clicks on exchanged results, which it was found by.
  package let clickCount: Int

  /// With fewer clicks on exchanged results the curve would be made of chance.
  package static let clicksMin = 100
  private static let decayMax = 3.0

  package init(decay: Double, clickCount: Int) { (self.decay, self.clickCount) = (decay, clickCount) }

  /// An answer as a shopper saw it.
  package struct View: Sendable {
    /// The place, from 0, whose result was exchanged with the one below; `nil`: none was.
    package let exchanged: Int?
    /// Whether something came of each result.
    package let acted: [Bool]

    package init(exchanged: Int?, acted: [Bool]) { (self.exchanged, self.acted) = (exchanged, acted) }
  }

  /// What first pages with exchanges show, of answers that were chosen for one at random.
  package static func estimate(_ views: some Sequence<View>) -> Result<Examination, TooFewClicks> {
    // By pair of places: impressions and clicks at the upper and the lower place, without and with an exchange.
    var pairs: [Pair] = []
    for view in views where view.acted.count > 1 {
      while pairs.count < view.acted.count - 1 { pairs.append(Pair()) }
      for upper in 0..<view.acted.count - 1 where view.exchanged == nil || view.exchanged == upper {
        pairs[upper].add(
          isExchanged: view.exchanged == upper, upper: view.acted[upper], lower: view.acted[upper + 1])
      }
    }
    let clicks = pairs.reduce(0) { $0 + $1.exchanged.clicks }
    guard clicks >= clicksMin else { return .failure(TooFewClicks(count: clicks)) }
    var (above, below) = (0.0, 0.0)
    for (upper, pair) in pairs.enumerated() {
      guard let ratio = pair.ratio else { continue }
      let x = Transcendental.log(Double(upper + 2) / Double(upper + 1))
      let weight = Double(pair.exchanged.clicks)
      above -= weight * x * Transcendental.log(ratio)
      below += weight * x * x
    }
    let decay = below > 0 ? above / below : 0
    return .success(Examination(decay: min(max(decay, 0), decayMax), clickCount: clicks))
  }

  /// Why there is no curve.
  package struct TooFewClicks: Error, Equatable {
    package let count: Int
  }

  /// How much a click at a place from 1 counts, so that places do not: the inverse of how often the place is examined.
  package func weight(ofPlace place: Int) -> Double { Transcendental.power(Double(max(place, 1)), decay) }

  private struct Side {
    var shown = 0
    var upper = 0
    var lower = 0
    var clicks: Int { upper + lower }
  }

  private struct Pair {
    var plain = Side()
    var exchanged = Side()

    mutating func add(isExchanged: Bool, upper: Bool, lower: Bool) {
      var side = isExchanged ? exchanged : plain
      side.shown += 1
      side.upper += upper ? 1 : 0
      side.lower += lower ? 1 : 0
      if isExchanged { exchanged = side } else { plain = side }
    }

    /// How often the lower place is examined, as a share of the upper: both items stood at both.
    var ratio: Double? {
      guard plain.shown > 0, exchanged.shown > 0 else { return nil }
      func rate(_ plainClicks: Int, _ exchangedClicks: Int) -> Double {
        Double(plainClicks) / Double(plain.shown) + Double(exchangedClicks) / Double(exchanged.shown)
      }
      let (upper, lower) = (rate(plain.upper, exchanged.upper), rate(plain.lower, exchanged.lower))
      return upper > 0 && lower > 0 ? lower / upper : nil
    }
  }
}
