import Bytes
package import DataSets
import Vocabulary

/// What private sums read of a log: of each user the items, each once by its newest event, over a public list of items.
package struct PrivateLog: Sendable {
  /// Items of the public list.
  package let itemCount: Int
  /// Of each user with an event the items, the oldest first, by their places in the list.
  package let histories: [[UInt32]]

  /// - Precondition: Every place is below `itemCount`, and no user has an item twice.
  package init(itemCount: Int, histories: [[UInt32]]) {
    (self.itemCount, self.histories) = (itemCount, histories)
  }

  /// The log of a data set: without programs, of each item the newest event, of each user the newest `eventsMax`.
  ///
  /// - Parameter places: Of each item of the data set its place in the public list.
  /// - Precondition: `places` has every item of the log.
  package init(_ data: DataSet, places: [UInt32?], itemCount: Int, eventsMax: Int) {
    let log = data.interactions
    let all = Histories(log)
    let rule = BotRule()
    var histories: [[UInt32]] = []
    for user in 0..<log.userCount where !all[user].isEmpty {
      let (items, times) = (Array(all[user]), Array(all.times(of: user)))
      if data.hasClock, rule.isBot(times: times, items: items) { continue }
      var newest: [UInt32: Int64] = [:]
      for (item, time) in zip(items, times) {
        guard let place = places[Int(item)] else { continue }
        newest[place] = max(newest[place] ?? .min, time)
      }
      let ordered = newest.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
      if !ordered.isEmpty { histories.append(Array(ordered.suffix(eventsMax))) }
    }
    self.init(itemCount: itemCount, histories: histories)
  }

  /// A hash of all that the sums of the log depend on, 32 bytes: one noise key may serve one of them.
  package func subject(
    _ items: PublicItems, _ settings: NeighbourSettings, steps: StepSettings? = nil
  ) -> [UInt8] {
    var log = ByteWriter()
    for history in histories {
      log.write(UInt64(history.count))
      log.write(array: history)
    }
    let rules =
      [
        Double(settings.eventsMax), Double(settings.window), settings.decay, settings.power, settings.countShare,
        settings.leastCount,
      ].map { "\($0)" }.joined(separator: " ") + (steps.map { " " + $0.text } ?? "")
    return ContentHash.sha256(joining: [items.hash, Array(rules.utf8), log.bytes])
  }
}
