/// How items are drawn that stand for what a user did not choose.
package enum NegativeDistribution: Sendable, Equatable {
  case uniform
  /// By count^power; 0.75 is word2vec's.
  case popularity(power: Double)
}

/// Draws items that a user has not had.
struct NegativeSampler: Sendable {
  private static let attemptsMax = 64

  private let histories: Histories
  private let table: AliasTable?

  init(_ histories: Histories, _ distribution: NegativeDistribution) {
    self.histories = histories
    switch distribution {
    case .uniform: table = nil
    case .popularity(let power):
      table = AliasTable(histories.popularity.map { $0 > 0 ? Transcendental.power(Double($0), power) : 0 })
    }
  }

  /// The probability of each item, before the user's own are left out.
  var probabilities: [Double] {
    table?.probabilities ?? [Double](repeating: 1 / Double(histories.itemCount), count: histories.itemCount)
  }

  /// Draws one for nobody in particular.
  func draw(_ random: CounterRandom, _ position: UInt64) -> Int {
    table?.draw(random, position) ?? random.below(histories.itemCount, position)
  }

  /// Draws for position `position`; after 64 items in a row that the user has had, it takes the next.
  func draw(for user: Int, _ random: CounterRandom, _ position: UInt64) -> Int {
    var item = 0
    for attempt in 0..<UInt64(Self.attemptsMax) {
      let place = position &* UInt64(Self.attemptsMax) &+ attempt
      item = table?.draw(random, place) ?? random.below(histories.itemCount, place)
      if !histories.contains(user, item) { return item }
    }
    return item
  }
}
