import DataSets
import Evaluation
import Foundation
import Kernels
import Learning
import SocketTransport
import Support
import Towers
import Vocabulary

/// What folding newer events in is worth on real sequences, and what it costs a query.
///
/// Four in five shoppers are trained on without their last five events, the others not at all. Each next event is then
/// ranked among all items but the shopper's own, by the vector of training and by one that the events since were folded
/// into. The settings of the tower are those of the quality benchmark; nothing was chosen by these figures.
enum FoldInBenchmark {
  private static let held = 5
  private static let length = 10

  /// Shares of events among the first ten, by how many events since the training are known.
  private struct Tally {
    var frozen = [Int](repeating: 0, count: held)
    var folded = [Int](repeating: 0, count: held)
    var popular = [Int](repeating: 0, count: held)
    var count = [Int](repeating: 0, count: held)

    func share(_ hits: [Int], _ place: Int) -> Double { Double(hits[place]) / Double(max(count[place], 1)) }
  }

  @Sendable static func beauty(_ size: BenchmarkSize) throws -> Measurement {
    guard size == .full, let data = try Beauty(), let catalogue = try Beauty.catalogue() else {
      return Measurement(microseconds: [0], results: [])
    }
    let all = Histories(data.log)
    let draw = CounterRandom(seed: 1, stream: 0x464F_4C44)
    let isNew = (0..<all.userCount).map { draw.fraction(UInt64($0)) < 0.2 }
    let isLong = (0..<all.userCount).map { all[$0].count >= Self.held + 2 }
    var log = Interactions(userCount: all.userCount, itemCount: all.itemCount)
    for user in 0..<all.userCount where !isNew[user] {
      for item in all[user].dropLast(isLong[user] ? Self.held : 0) { log.append(user: user, item: Int(item)) }
    }
    let histories = Histories(log)
    var options = HistoryTower.Options()
    options.shape = TowerShape(dimension: 64, encoder: .sum, decay: 0.7)
    options.epochs = 12
    options.eventDropout = 0.3
    options.learningRate = LearningRate(0.004, course: .linear)
    options.threads = 2
    let fitted = HistoryTower(content: try ItemContent(catalogue, ["attribute_ids", "text"]), options)
    let trainer = HistoryTrainer(fitted, histories)
    let clock = SystemClock()
    let start = clock.now()
    for _ in 0..<options.epochs { _ = trainer.runEpoch() }
    let time = Double(clock.now().nanoseconds - start.nanoseconds) / 1000
    fitted.forgetDraws(of: histories)

    let tower = Tower.history(fitted.parameters)
    let shelf = Shelf(items: fitted.vectors, popularity: histories.popularity.map { Float($0) })
    var (known, new) = (Tally(), Tally())
    for user in 0..<all.userCount where isNew[user] || isLong[user] {
      let events = Array(all[user])
      let before = isNew[user] ? 0 : events.count - Self.held
      let frozen = isNew[user] ? nil : fitted.query(histories[user])
      for since in 0..<min(Self.held, events.count - before) {
        let session = events[before..<before + since].map { Tower.Event(fitted.vectors.row(Int($0)), weight: 1) }
        let folded = tower.query(from: frozen, stored: [], session: session)
        let (target, seen) = (events[before + since], events[..<(before + since)])
        func isHit(_ query: [Float]?) -> Int { shelf.isHit(query, target, without: seen) ? 1 : 0 }
        var tally = isNew[user] ? new : known
        tally.count[since] += 1
        tally.folded[since] += isHit(since > 0 ? folded : frozen ?? folded)
        tally.frozen[since] += frozen.map { isHit($0) } ?? 0
        tally.popular[since] += isHit(nil)
        if isNew[user] { new = tally } else { known = tally }
      }
    }
    try report(known, new)
    cost()
    return Measurement(microseconds: [time], results: (known.folded + new.folded).map { UInt32($0) })
  }

  private static func line(_ text: String) { FileHandle.standardError.write(Data("  \(text)\n".utf8)) }

  /// Prints the shares and demands what folding in must be worth.
  private static func report(_ known: Tally, _ new: Tally) throws {
    line("HR@10 by events since the training: known shoppers frozen, folded in; new ones folded in, popularity")
    for place in 0..<held {
      line(
        String(
          format: "%d  %.4f  %.4f (%.2f times)  %.4f  %.4f  of %d and %d", place, known.share(known.frozen, place),
          known.share(known.folded, place),
          known.share(known.folded, place) / max(known.share(known.frozen, place), 1e-9), new.share(new.folded, place),
          new.share(new.popular, place), known.count[place], new.count[place]))
    }
    for (place, bar) in [(1, 1.2), (2, 1.45), (4, 1.9)] {
      guard known.share(known.folded, place) >= bar * known.share(known.frozen, place) else {
        throw WrongResult(description: "after \(place) events below \(bar) times the vector of training")
      }
    }
    guard new.share(new.folded, 1) >= 4 * new.share(new.popular, 1) else {
      throw WrongResult(description: "a stranger's first event is worth less than four times popularity")
    }
  }

  /// Prints how long a fold-in of twenty events takes.
  private static func cost() {
    let clock = SystemClock()
    var random = SeededRandom(seed: 1)
    let events = (0..<20).map { _ in Tower.Event(random.floats(64), weight: 1) }
    let items = FloatMatrix(rows: (0..<500).map { _ in random.floats(64) }, columns: 64)
    var towers = TowerShape.Encoder.allCases.map { encoder in
      (encoder.rawValue, Tower.history(TowerParameters(TowerShape(dimension: 64, encoder: encoder), seed: 1)))
    }
    towers.append(("als", .als(ALSFold(items: items, alpha: 0.3, lambda: 0.005, length: 20))))
    for (name, tower) in towers {
      var best = Double.infinity
      for _ in 0..<50 {
        let start = clock.now()
        for _ in 0..<20 { _ = tower.query(from: nil, stored: [], session: events) }
        best = min(best, Double(clock.now().nanoseconds - start.nanoseconds) / 20_000)
      }
      line(String(format: "fold-in of 20 events, d = 64: %.1f µs by ", best) + name)
    }
  }

  /// All items, ranked by a vector or by how often they were met.
  private struct Shelf {
    let items: FloatMatrix
    let popularity: [Float]
    let kernels = KernelSet()

    /// Whether fewer than ten items stand before the target; ties stand before it.
    func isHit(_ query: [Float]?, _ target: UInt32, without seen: ArraySlice<UInt32>) -> Bool {
      var scores = popularity
      if let query { kernels.dots(PaddedVector(query), items, rows: 0..<items.rowCapacity, into: &scores) }
      for item in seen where item != target { scores[Int(item)] = -.infinity }
      let own = scores[Int(target)]
      return scores.count { $0 >= own } <= FoldInBenchmark.length
    }
  }
}
