import DataSets
import Evaluation
import Kernels
import Learning

/// Thirty days of a shop whose shoppers' tastes turn, in fast motion: what training each day keeps, and what the gate of
/// `winnow loop` lets pass.
package struct DriftingShop {
  package static let days = 30
  /// The day on which programs click.
  package static let poisoned = 15
  /// A model is of the clicks of so many days.
  package static let window = 2
  private static let (users, items) = (300, 60)

  /// The shop by its seed: where tastes and items stand on a circle, in turns.
  private struct Shop {
    let tastes, places: [Double]
    var random: SeededRandom

    init(seed: UInt64) {
      random = SeededRandom(seed: seed)
      tastes = random.floats(users, in: 0...1).map { Double($0) }
      places = random.floats(items, in: 0...1).map { Double($0) }
    }

    /// How likely a shopper clicks on an item on a day; over all days tastes turn by a fifth.
    func relevance(_ user: Int, _ item: Int, day: Int) -> Double {
      var off = abs(tastes[user] + Double(day) / Double(5 * days) - places[item])
      off -= off.rounded(.down)
      let distance = min(off, 1 - off)
      return Transcendental.exp(-40 * distance * distance)
    }

    /// The clicks of a day, `[users]`; programs click in each shopper's name at random on a poisoned one.
    mutating func clicks(day: Int, isPoisoned: Bool) -> [[Int]] {
      (0..<users).map { user in
        var clicked = (0..<60).map { _ in Int(random.next() % UInt64(items)) }.filter { item in
          Double(random.next() >> 11) * 0x1p-53 < relevance(user, item, day: day)
        }
        if isPoisoned { clicked += (0..<400).map { _ in Int(random.next() % UInt64(items)) } }
        return clicked
      }
    }
  }

  /// The first ten items of each shopper.
  private typealias Model = [[Int]]

  private static func train(_ days: ArraySlice<[[Int]]>) -> Model {
    var log = Interactions(userCount: users, itemCount: items)
    for day in days {
      for (user, clicked) in day.enumerated() { for item in clicked { log.append(user: user, item: item, weight: 1) } }
    }
    var options = ImplicitALS.Options()
    options.dimension = 6
    let model = ImplicitALS(log, options)
    for _ in 0..<6 { model.iterate() }
    let vectors = (0..<items).map { model.items.row($0) }
    return (0..<users).map { user in
      let own = model.users.row(user)
      let scores = vectors.map { zip(own, $0).reduce(Float(0)) { $0 + $1.0 * $1.1 } }
      return Array((0..<items).sorted { scores[$0] > scores[$1] }.prefix(10))
    }
  }

  private static func quality(_ model: Model, _ worth: (Int, Int) -> Double) -> [Double] {
    func gain(_ list: some Sequence<Int>, _ user: Int) -> Double {
      list.enumerated().reduce(0) { $0 + worth(user, $1.element) / Transcendental.log2(Double($1.offset + 2)) }
    }
    return (0..<users).map { user in
      let best = gain((0..<items).sorted { worth(user, $0) > worth(user, $1) }.prefix(10), user)
      return best > 0 ? gain(model[user], user) / best : 0
    }
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  /// NDCG@10 by true relevance on the first day.
  package let start: Double
  /// The same of what serves on days 1 to 30 with the loop.
  package let withLoop: [Double]
  /// The same of the first model on the last day.
  package let withoutLoop: Double
  /// Days on which the gate let nothing pass.
  package let refused: [Int]

  /// Lives through the days.
  package init(seed: UInt64 = 3) {
    var shop = Shop(seed: seed)
    var log: [[[Int]]] = []
    for _ in 0..<Self.window { log.append(shop.clicks(day: 0, isPoisoned: false)) }
    let first = Self.train(log[...])
    var serving = first
    var (refused, withLoop): ([Int], [Double]) = ([], [])
    func truth(_ model: Model, _ day: Int) -> Double {
      Self.mean(Self.quality(model) { shop.relevance($0, $1, day: day) })
    }
    start = truth(first, 0)
    for day in 1...Self.days {
      // The newest clicks judge the model that learned from those before, as in `winnow loop`.
      let newest = shop.clicks(day: day, isPoisoned: false)
      let candidate = Self.train(log.suffix(Self.window))
      let judged = newest.map { Set($0) }
      let difference = Bootstrap.paired(
        Self.quality(candidate) { judged[$0].contains($1) ? 1 : 0 },
        Self.quality(serving) { judged[$0].contains($1) ? 1 : 0 })
      if difference.high < 0 { refused.append(day) } else { serving = candidate }
      if day == Self.poisoned {
        log.append(shop.clicks(day: day, isPoisoned: true))
      } else {
        log.append(newest)
      }
      withLoop.append(truth(serving, day))
    }
    withoutLoop = truth(first, Self.days)
    (self.refused, self.withLoop) = (refused, withLoop)
  }

  /// The days whose models have learned from the poisoned one.
  package static var poisonedModels: ClosedRange<Int> { poisoned + 1...poisoned + window }
}
