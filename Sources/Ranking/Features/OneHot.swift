import Vocabulary

/// The words that have an input of their own, and perhaps one more for all other words.
package struct OneHot: Sendable {
  static let wordsMax = 16_384

  /// In the order of their inputs; no word twice.
  package let words: [String]
  /// Whether a last input stands for every word that is not in the list.
  package let hasOther: Bool

  package init(words: [String], hasOther: Bool = false) {
    self.words = words
    self.hasOther = hasOther
  }

  /// Number of inputs.
  package var width: Int { words.count + (hasOther ? 1 : 0) }
}

/// Words are the same if their bytes are.
extension OneHot: Hashable {
  package static func == (a: OneHot, b: OneHot) -> Bool {
    a.hasOther == b.hasOther && a.words.map(\.exact) == b.words.map(\.exact)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(hasOther)
    hasher.combine(words.map(\.exact))
  }
}

extension OneHot: Codable {
  private enum CodingKeys: String, CodingKey {
    case words = "vocabulary"
    case hasOther = "other"
  }

  /// Its keys in a feature, in the order in which errors list them.
  static let keys = ["vocabulary", "other"]

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let words = try container.decode([String].self, forKey: .words)
    let path = container.codingPath + [CodingKeys.words]
    guard (1...Self.wordsMax).contains(words.count) else {
      throw FieldError(path, .outOfRange, "\(words.count) words, 1…\(Self.wordsMax) are possible")
    }
    guard !words.hasRepeats else { throw FieldError(path, .duplicate, "a word stands twice") }
    self.init(words: words, hasOther: try container.decodeIfPresent(Bool.self, forKey: .hasOther) ?? false)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(words, forKey: .words)
    try container.encode(hasOther, forKey: .hasOther)
  }
}
