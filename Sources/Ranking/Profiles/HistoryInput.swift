package import Vocabulary

/// One input of a profile that a user's events make.
package enum HistoryInput: Codable, Hashable, Sendable {
  /// How many events of a kind.
  case count(event: String, Normalisation)
  /// Days since the last event.
  case daysSinceLast(Normalisation)
  /// The mean of a number of the items, as the feature `numeric` has it; late and heavy events count more.
  case mean(attribute: String, Normalisation)
  /// The share of a word among those of the items; late and heavy events count more.
  case share(attribute: String, word: ExactText)

  /// Under which crosses and people find it.
  package var name: String {
    switch self {
    case .count(let event, _): "count.\(event)"
    case .daysSinceLast: "days_since_last"
    case .mean(let attribute, _): attribute
    case .share(let attribute, let word): "\(attribute)=\(word)"
    }
  }

  /// The types of attribute that it can read.
  var types: [AttributeType] {
    switch self {
    case .count, .daysSinceLast: []
    case .mean: [.int, .float]
    case .share: [.keyword, .keywordSet]
    }
  }

  /// The attribute of items that it reads.
  var attribute: String? {
    switch self {
    case .count, .daysSinceLast: nil
    case .mean(let attribute, _), .share(let attribute, _): attribute
    }
  }
}
