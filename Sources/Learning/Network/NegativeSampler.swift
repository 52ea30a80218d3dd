import DataSets

/// The distribution that negatives are drawn from: items that a user did not choose.
package enum NegativeDistribution: Sendable, Equatable {
  case uniform
  /// By count^power; word2vec has 0.75 (Mikolov et al. 2013).
  case popularity(power: Double)
}

/// Draws items that a user has not had.
struct NegativeSampler: Sendable {
  private static let attemptsMax = 64

  private let histories: Histories
  private let table: AliasTable?
  private let candidates: CandidateLists?
  /// How many of an event's negatives come from what a server would rank: the candidates, and what the user had before
  /// and did not take again, each alike. More of the latter teach that what one had is unlikely.
  private let hardCount: Int

  init(
    _ histories: Histories, _ distribution: NegativeDistribution, candidates: CandidateLists? = nil, hardCount: Int = 0
  ) {
    self.histories = histories
    self.candidates = candidates
    self.hardCount = hardCount
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

  /// Draws one, independent of the user.
  func draw(_ random: CounterRandom, _ position: UInt64) -> Int {
    table?.draw(random, position) ?? random.below(histories.itemCount, position)
  }

  /// Draws negative number `place` of an event, from 0.
  ///
  /// - Parameters:
  ///   - isThere: Whether an item could be chosen at all in the moment of the event; `nil`: all of them.
  ///   - own: What the user had by then and did not take.
  func draw(
    for user: Int, _ random: CounterRandom, _ position: UInt64, place: Int, isThere: ((Int) -> Bool)? = nil,
    own: () -> [UInt32] = { [] }
  ) -> Int {
    guard place < hardCount else { return draw(for: user, random, position, isThere: isThere) }
    let (list, own) = (candidates?[user: user] ?? [], own())
    guard list.count + own.count > 0 else { return draw(for: user, random, position, isThere: isThere) }
    let choice = random.below(list.count + own.count, position &* UInt64(Self.attemptsMax))
    return Int(choice < list.count ? list[choice] : own[choice - list.count])
  }

  /// Draws for position `position`; after 64 items in a row that the user has had or that were not there, it takes the
  /// next.
  func draw(for user: Int, _ random: CounterRandom, _ position: UInt64, isThere: ((Int) -> Bool)? = nil) -> Int {
    var item = 0
    for attempt in 0..<UInt64(Self.attemptsMax) {
      let place = position &* UInt64(Self.attemptsMax) &+ attempt
      item = table?.draw(random, place) ?? random.below(histories.itemCount, place)
      if !histories.contains(user, item), isThere?(item) ?? true { return item }
    }
    return item
  }
}
