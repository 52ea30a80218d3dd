package import Retrieval
package import Vocabulary

/// The search by words of one shard as plain loops, written from the spec's arithmetic: the twin that the inverted lists
/// must equal bit for bit.
package struct SlowLexical: Sendable {
  package struct Field: Sendable {
    let attribute: Int
    let weight, b, average: Float

    package init(attribute: Int, weight: Float, b: Float, average: Float) {
      self.attribute = attribute
      self.weight = weight
      self.b = b
      self.average = average
    }
  }

  /// Terms stand between spaces.
  package struct Words: TextAnalysis {
    package init() {}

    package func terms(of text: String) -> [String] { text.split(separator: " ").map { String($0) } }
  }

  let fields: [Field]
  let k1: Float

  package init(fields: [Field], k1: Float) {
    self.fields = fields
    self.k1 = k1
  }

  /// The same for a table.
  package func settings(foldedCount: Int = 8) -> LexicalSettings {
    LexicalSettings(
      fields: fields.map {
        LexicalSettings.Field(attribute: $0.attribute, weight: $0.weight, b: $0.b, average: $0.average)
      }, k1: k1, analysis: Words(), foldedCount: foldedCount)
  }

  /// The words of each field of an item.
  private func words(of item: Item) -> [[ExactText]] {
    fields.map { field in
      let texts: [String]
      switch item.attributes[field.attribute] {
      case .text(let text), .keyword(let text): texts = [text]
      case .keywordSet(let members): texts = members
      default: texts = []
      }
      return texts.flatMap { Words().terms(of: $0) }.map(\.exact)
    }
  }

  /// The impact of a term in an item; `nil` if the item does not have it.
  private func impact(of term: ExactText, in words: [[ExactText]]) -> Float? {
    var v: Float?
    for (field, words) in zip(fields, words) {
      let frequency = words.count { $0 == term }
      guard frequency > 0 else { continue }
      let norm: Float = (1 - field.b) + (field.b * Float(words.count)) / field.average
      let part: Float = (field.weight * Float(frequency)) / norm
      v = v.map { $0 + part } ?? part
    }
    return v.map { ((k1 + 1) * $0) / (k1 + $0) }
  }

  /// The lexical score of an item; 0 if it has none.
  package func score(_ item: Item, _ terms: [LexicalTerm]) -> Float {
    let words = words(of: item)
    var (sum, weights): (Float, Float) = (0, 0)
    for term in terms {
      weights += term.weight
      if let impact = impact(of: term.term, in: words) { sum += term.weight * impact }
    }
    return sum / weights
  }

  /// The best `limit` of the items that `keep` admits.
  package func search(
    _ items: [Item], _ terms: [LexicalTerm], limit: Int, keep: (Item) -> Bool = { _ in true }
  ) -> [Candidate] {
    var candidates: [Candidate] = []
    for item in items where keep(item) {
      let score = score(item, terms)
      if score > 0, let score = Score(score) { candidates.append(Candidate(score: score, itemID: item.id)) }
    }
    candidates.sort { a, b in
      a.score.value != b.score.value ? a.score.value > b.score.value : a.itemID.rawValue < b.itemID.rawValue
    }
    return Array(candidates.prefix(limit))
  }
}
