package import Vocabulary

/// Reads of an item what an event with it adds to the inputs of a profile, with every name looked up.
package struct HistoryReader: Sendable {
  /// The inputs, in the order of the profile.
  package let inputs: [HistoryInput]
  /// What the sums of earlier events are multiplied by at each event.
  let decay: Double
  /// Of each input the place of the first share of its attribute.
  let firstShares: [Int]
  /// The attributes that inputs read, each once.
  package let attributeNames: [String]
  /// By attribute the places of its words' shares.
  private let shares: [String: [ExactText: Int]]

  package init(_ inputs: [HistoryInput], decay: Double) {
    (self.inputs, self.decay) = (inputs, decay)
    var shares: [String: [ExactText: Int]] = [:]
    var firsts: [String: Int] = [:]
    var attributeNames: [String] = []
    firstShares = inputs.enumerated().map { place, input in
      if let attribute = input.attribute, !attributeNames.contains(attribute) { attributeNames.append(attribute) }
      guard case .share(let attribute, let word) = input else { return place }
      shares[attribute, default: [:]][word] = place
      let first = firsts[attribute] ?? place
      firsts[attribute] = first
      return first
    }
    (self.shares, self.attributeNames) = (shares, attributeNames)
  }

  /// What an item adds.
  ///
  /// - Parameter value: Gives an attribute's value by its name; `nil` if the item has none.
  package func parts(_ value: (String) -> AttributeValue?) -> HistoryParts {
    var parts = HistoryParts()
    for (place, input) in inputs.enumerated() {
      switch input {
      case .mean(let attribute, let normalisation):
        guard let number = value(attribute)?.number.flatMap(normalisation.normalised) else { continue }
        parts.numbers.append(.init(place: place, number: number))
      case .share(let attribute, _):
        guard firstShares[place] == place, let words = value(attribute)?.words, let known = shares[attribute] else {
          continue
        }
        parts.attributes.append(place)
        parts.words += words.compactMap { known[$0.exact] }
      case .count, .daysSinceLast: continue
      }
    }
    return parts
  }
}

/// An item's parts of the inputs of a profile.
package struct HistoryParts: Sendable {
  /// A number to be averaged.
  struct Number: Sendable {
    let place: Int
    let number: Float
  }

  var numbers: [Number] = []
  /// The places of its words' shares.
  package internal(set) var words: [Int] = []
  /// The places of the first share of every attribute that it has.
  var attributes: [Int] = []
}

extension AttributeValue {
  /// The words of a keyword or a set; `nil` for a value without words.
  fileprivate var words: [String]? {
    switch self {
    case .keyword(let word): [word]
    case .keywordSet(let words): words
    default: nil
    }
  }

  /// The value of an int or a float.
  fileprivate var number: Double? {
    switch self {
    case .int(let number): Double(number)
    case .float(let number): number
    default: nil
    }
  }
}
