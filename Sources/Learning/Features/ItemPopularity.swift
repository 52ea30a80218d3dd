import DataSets

/// How often items were chosen, against the mean item, by periods of a log; late events count more.
///
/// An event is learned from with what was known before its period began. A count over the whole log would have the
/// event itself in it, and a count that leaves it out would be lower than the item's negatives have: either gives the
/// answer away.
struct ItemPopularity {
  static let periods = 32
  /// The weight that a period keeps with each later period: a half after 8.
  private static let decay = 0.917

  /// Before each period, `[periods · items]`.
  let before: [Double]
  /// After the log, `[items]`.
  let after: [Double]
  /// The period of each event; events of one time share it.
  let periodOfEvent: [UInt32]

  init(_ log: Interactions) {
    let order = (0..<log.count).sorted { (log.times[$0], $0) < (log.times[$1], $1) }
    var periodOfEvent = [UInt32](repeating: 0, count: log.count)
    for (position, event) in order.enumerated() {
      let isTied = position > 0 && log.times[order[position - 1]] == log.times[event]
      periodOfEvent[event] =
        isTied ? periodOfEvent[order[position - 1]] : UInt32(position * Self.periods / log.count)
    }
    var counts = [Double](repeating: 0, count: log.itemCount)
    var before: [Double] = []
    before.reserveCapacity(Self.periods * log.itemCount)
    var position = 0
    for period in 0..<UInt32(Self.periods) {
      before += Self.relative(counts)
      for item in counts.indices { counts[item] *= Self.decay }
      while position < order.count, periodOfEvent[order[position]] == period {
        counts[Int(log.items[order[position]])] += 1
        position += 1
      }
    }
    self.before = before
    self.after = Self.relative(counts)
    self.periodOfEvent = periodOfEvent
  }

  private static func relative(_ counts: [Double]) -> [Double] {
    let total = counts.reduce(0, +)
    return total > 0 ? counts.map { $0 / total * Double(counts.count) } : counts
  }
}
