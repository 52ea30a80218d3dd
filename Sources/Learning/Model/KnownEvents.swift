package import DataSets
import Names
import Vocabulary

/// The events that a model has learned from, as far as its files keep them: what a server adds newer events to.
package struct KnownEvents: Sendable {
  /// Of each user the events, oldest first: the item's id, and what the event weighs.
  package internal(set) var histories: [[(item: UInt64, weight: Float)]]
  /// What an event of each kind weighs on average, by the word of the kind.
  package private(set) var weights: [String: Float]
  /// The weight in the data set that 1 stands for here.
  private(set) var unit: Float = 1
  /// When the newest one happened, in microseconds since 1970: the end of its millisecond, since data sets know no finer
  /// time and shards do. `nil` without a clock.
  package let cut: Int64?

  /// - Parameter known: The numbers of those events of the data set that the model has learned from.
  package init(_ data: DataSet, known: [Int]) {
    let log = data.interactions
    var isKnown = [Bool](repeating: false, count: log.count)
    var sums: [EventKind: (sum: Double, count: Int)] = [:]
    for event in known {
      isKnown[event] = true
      let before = sums[data.kinds[event]] ?? (0, 0)
      sums[data.kinds[event]] = (before.sum + Double(log.weights[event]), before.count + 1)
    }
    weights = Dictionary(uniqueKeysWithValues: sums.map { ($0.word, Float($1.sum / Double($1.count))) })
    cut = data.hasClock ? known.map { log.times[$0] }.max().map { $0 * 1000 + 999 } : nil
    let all = Histories(log)
    histories = (0..<log.userCount).map { user in
      all.events(of: user).filter { isKnown[$0] }.map { (data.items.ids[Int(log.items[$0])], log.weights[$0]) }
    }
  }

  /// The same with what an event counts in a history tower: its weight, as a share of the greatest.
  package var shares: KnownEvents {
    let most = histories.joined().reduce(0) { max($0, $1.weight) }
    guard most > 0 else { return self }
    var shares = self
    shares.histories = histories.map { $0.filter { $0.weight > 0 }.map { ($0.item, $0.weight / most) } }
    shares.weights = weights.mapValues { $0 / most }
    shares.unit = unit * most
    return shares
  }
}
