import DataSets
import Ranking
import Vocabulary

/// The items' parts of the history inputs of a profile, by the places of the inputs.
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

  init(_ inputs: [HistoryInput], decay: Double, _ catalogue: AttributeColumns) {
    self.inputs = inputs
    self.decay = decay
    var words = [[Int]](repeating: [], count: catalogue.ids.count)
    var attributes = words
    var firstShares: [Int] = []
    var places: [ExactText: [ExactText: Int]] = [:]
    for (place, input) in inputs.enumerated() {
      guard case .share(let attribute, let word) = input else {
        firstShares.append(place)
        continue
      }
      firstShares.append(places[attribute.exact]?.values.min() ?? place)
      places[attribute.exact, default: [:]][word] = place
    }
    for (definition, column) in zip(catalogue.definitions, catalogue.columns) {
      guard let known = places[definition.name.exact], let first = known.values.min() else { continue }
      for (item, value) in column.enumerated() {
        guard let value else { continue }
        attributes[item].append(first)
        words[item] += value.words.compactMap { known[$0.exact] }
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
