import DataSets
import Ranking

/// One user's events so far, as the inputs of a profile.
///
/// A profile is always made of events before the one that is learned from: with that event in it, a share or a mean
/// would tell the network which of the items is the right one.
struct UserHistory {
  private let items: HistoryItems
  private var counts = [Int](repeating: 0, count: EventKind.allCases.count)
  private var lastDay: Double?
  /// Of each input the weighted sum, and the weight.
  private var sums: [Double]
  private var totals: [Double]

  init(_ items: HistoryItems) {
    self.items = items
    sums = [Double](repeating: 0, count: items.inputs.count)
    totals = sums
  }

  mutating func add(item: Int, _ kind: EventKind, weight: Float, day: Double?) {
    counts[Int(kind.rawValue)] += 1
    lastDay = day
    for place in sums.indices {
      sums[place] *= items.decay
      totals[place] *= items.decay
      if let number = items.numbers[place]?[item] {
        sums[place] += Double(weight) * Double(number)
        totals[place] += Double(weight)
      }
    }
    for place in items.words[item] { sums[place] += Double(weight) }
    for place in items.attributes[item] { totals[place] += Double(weight) }
  }

  /// The inputs at a day.
  func row(at day: Double?) -> [Float] {
    items.inputs.enumerated().map { place, input in
      switch input {
      case .count(let event, let normalisation):
        let kind = EventKind(word: event).map { counts[Int($0.rawValue)] } ?? 0
        return normalisation.input(Double(kind))
      case .daysSinceLast(let normalisation):
        guard let day, let lastDay else { return normalisation.missing }
        return normalisation.input(max(0, day - lastDay))
      case .mean: return totals[place] > 0 ? Float(sums[place] / totals[place]) : 0
      case .share:
        let total = totals[items.firstShares[place]]
        return total > 0 ? Float(sums[place] / total) : 0
      }
    }
  }
}
