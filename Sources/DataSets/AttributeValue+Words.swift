package import Vocabulary

extension AttributeValue {
  /// The words of a value, `nil` of numbers; a member of a set does not stand beside the next.
  package var textOfWords: String? {
    switch self {
    case .text(let text), .keyword(let text): text
    case .keywordSet(let members): members.joined(separator: " | ")
    case .int, .float, .bool: nil
    }
  }
}
