package import DataSets
import Names
import Vocabulary

/// The events that a model has learned from, as far as its files keep them: what a server adds newer events to.
package struct KnownEvents: Sendable {
  /// Of each user the events, oldest first: the item's id, and what the event weighs.
  package let histories: [[(item: UInt64, weight: Float)]]
  /// What an event of each kind weighs on average, by the word of the kind.
  package let weights: [String: Float]
  /// When the newest one happened, in microseconds since 1970; `nil` without a clock.
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
    cut = data.hasClock ? known.map { log.times[$0] }.max().map { $0 * 1000 } : nil
    let all = Histories(log)
    histories = (0..<log.userCount).map { user in
      all.events(of: user).filter { isKnown[$0] }.map { (data.items.ids[Int(log.items[$0])], log.weights[$0]) }
    }
  }
}
