import DataSets
package import Evaluation
import Kernels
import Learning

/// Clicks of simulated shoppers who look at place p once in p times, and what is learned of them.
package struct PlacedClicks {
  private static let (users, items, length) = (200, 40, 10)

  /// How often a shopper would click on an item that is looked at, `[users][items]`.
  private static func relevance(_ random: inout SeededRandom) -> [[Double]] {
    let factors = 3
    let (own, theirs) = (
      (0..<users).map { _ in random.floats(factors, in: -1.7...1.7) },
      (0..<items).map { _ in random.floats(factors + 1, in: -1.7...1.7) }
    )
    return own.map { user in
      theirs.map { item in
        let product = zip(user, item).reduce(0) { $0 + Double($1.0 * $1.1) }
        return 1 / (1 + Transcendental.exp(1 - 0.8 * product - 0.3 * Double(item[factors])))
      }
    }
  }

  private struct Click {
    let user: Int
    let item: Int
    let place: Int
  }

  /// Lists by the house's own order, in which two neighbours are exchanged now and then.
  private static func simulate(
    _ relevance: [[Double]], _ random: inout SeededRandom
  ) -> (views: [Examination.View], clicks: [Click]) {
    let rank = random.floats(items)
    func fraction() -> Double { Double(random.next() >> 11) * 0x1p-53 }
    var (views, clicks): ([Examination.View], [Click]) = ([], [])
    var all = Array(0..<items)
    for user in 0..<users {
      for _ in 0..<360 {
        // The first of a shuffle.
        for place in 0..<length { all.swapAt(place, place + Int(random.next() % UInt64(items - place))) }
        let drawn = all.prefix(length).map { (item: $0, worth: Double(rank[$0]) + 0.6 * fraction()) }
        var list = drawn.sorted { $0.worth > $1.worth }.map(\.item)
        let exchanged = fraction() < 0.3 ? Int(random.next() % UInt64(length - 1)) : nil
        if let exchanged { list.swapAt(exchanged, exchanged + 1) }
        let acted = list.enumerated().map { place, item in fraction() < relevance[user][item] / Double(place + 1) }
        views.append(Examination.View(exchanged: exchanged, acted: acted))
        for place in 0..<length where acted[place] {
          clicks.append(Click(user: user, item: list[place], place: place + 1))
        }
      }
    }
    return (views, clicks)
  }

  /// NDCG@10 of each user's ranking of all items by true relevance.
  private static func quality(_ events: Interactions, _ relevance: [[Double]]) -> [Double] {
    // A click counts the same on the whole, however clicks are weighted.
    let mean = events.weights.reduce(0.0) { $0 + Double($1) } / Double(users * items)
    var log = Interactions(userCount: users, itemCount: items)
    for event in 0..<events.count {
      log.append(
        user: Int(events.users[event]), item: Int(events.items[event]), weight: events.weights[event] / Float(mean))
    }
    var options = ImplicitALS.Options()
    (options.dimension, options.unobservedWeight) = (4, 1)
    let model = ImplicitALS(log, options)
    for _ in 0..<12 { model.iterate() }
    let vectors = (0..<items).map { model.items.row($0) }
    func gain(_ order: ArraySlice<Int>, _ user: Int) -> Double {
      order.enumerated().reduce(0) { $0 + relevance[user][$1.element] / Transcendental.log2(Double($1.offset + 2)) }
    }
    return (0..<users).map { user in
      let own = model.users.row(user)
      let scores = vectors.map { zip(own, $0).reduce(Float(0)) { $0 + $1.0 * $1.1 } }
      let order = (0..<items).sorted { scores[$0] > scores[$1] }.prefix(10)
      let best = (0..<items).sorted { relevance[user][$0] > relevance[user][$1] }.prefix(10)
      return gain(order, user) / gain(best, user)
    }
  }

  /// What exchanged neighbours say of places.
  package let examination: Examination
  /// NDCG@10 by true relevance of each user, from a model of clicks as they are, of clicks weighted by their places, and
  /// of true relevance itself.
  package let naive, corrected, best: [Double]

  /// Simulates, estimates and learns.
  package init(seed: UInt64 = 11) throws {
    var random = SeededRandom(seed: seed)
    let relevance = Self.relevance(&random)
    let (views, clicks) = Self.simulate(relevance, &random)
    let examination = try Examination.estimate(views).get()
    func log(_ weight: (Click) -> Float) -> Interactions {
      var log = Interactions(userCount: Self.users, itemCount: Self.items)
      for click in clicks { log.append(user: click.user, item: click.item, weight: weight(click)) }
      return log
    }
    var truth = Interactions(userCount: Self.users, itemCount: Self.items)
    for user in 0..<Self.users {
      for item in 0..<Self.items { truth.append(user: user, item: item, weight: Float(relevance[user][item])) }
    }
    naive = Self.quality(log { _ in 1 }, relevance)
    corrected = Self.quality(log { Float(examination.weight(ofPlace: $0.place)) }, relevance)
    best = Self.quality(truth, relevance)
    self.examination = examination
  }

  /// How much the weights add to NDCG.
  package var gain: Bootstrap.Interval { Bootstrap.paired(corrected, naive) }

  /// The share of the best NDCG that the weights reach.
  package var share: Double { corrected.reduce(0, +) / best.reduce(0, +) }
}
