import Ranking
import Vocabulary

/// What items bring to the history inputs of a profile, by the places of the inputs.
struct HistoryItems: Sendable {
  let inputs: [HistoryInput]
  let decay: Double
  /// Of each input a number of each item, `[items]`; `nil`: nothing to average.
  let numbers: [[Float?]?]
  /// Of each item the places of its words' shares.
  let words: [[Int]]
  /// Of each item the places of the first share of every attribute that it has.
  let attributes: [[Int]]
  /// Of each input the place of the first share of its attribute.
  let firstShares: [Int]

  init(_ inputs: [HistoryInput], decay: Double, _ catalogue: Catalogue) {
    self.inputs = inputs
    self.decay = decay
    var words = [[Int]](repeating: [], count: catalogue.ids.count)
    var attributes = words
    var firstShares: [Int] = []
    var places: [String: [String: Int]] = [:]
    for (place, input) in inputs.enumerated() {
      guard case .share(let attribute, let word) = input else {
        firstShares.append(place)
        continue
      }
      firstShares.append(places[attribute]?.values.min() ?? place)
      places[attribute, default: [:]][word] = place
    }
    for (definition, column) in zip(catalogue.definitions, catalogue.columns) {
      guard let known = places[definition.name], let first = known.values.min() else { continue }
      for (item, value) in column.enumerated() {
        guard let value else { continue }
        attributes[item].append(first)
        words[item] += value.words.compactMap { known[$0] }
      }
    }
    self.words = words
    self.attributes = attributes
    self.firstShares = firstShares
    numbers = inputs.map { input in
      guard case .mean(let attribute, let normalisation) = input else { return nil }
      return catalogue.column(attribute).map { $0.map { $0?.number.flatMap(normalisation.normalised) } }
    }
  }
}

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
