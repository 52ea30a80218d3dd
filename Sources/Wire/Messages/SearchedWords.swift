/// What a reply to a search by words says beside its candidates (`proto-spec/03-messages/search.md`).
package struct SearchedWords: Equatable, Sendable {
  /// The lexical score of each candidate, in their order, 0 without any of the terms; empty: the search had no terms.
  package var scores: [Float] = []
  /// No item beyond the candidates passes.
  package var hasAllItems = false
  /// No item beyond the candidates passes and has a term.
  package var hasAllWithTerms = false
  /// No item beyond the candidates has a greater retrieval score; 0 if there is none.
  package var lastScore: Float = 0
  /// No item beyond the candidates has a greater lexical score.
  package var lastLexicalScore: Float = 0

  package init() {}

  /// The fields of a reply of `count` candidates.
  mutating func fields<C: FieldCoder>(_ c: inout C, count: Int) throws(C.Failure) {
    let countAt = c.offset
    var scoreCount = scores.count
    try c.integer("lexical_n", &scoreCount, as: UInt32.self, in: 0...count)
    try c.check(scoreCount == 0 || scoreCount == count, at: countAt, "each candidate has a lexical score, or none has")
    let scoresAt = c.offset
    try c.column("lexical_scores", &scores, count: scoreCount)
    if C.isReading, let fault = scores.firstIndex(where: { $0.sign == .minus }) {
      try c.check(false, at: scoresAt + 4 * fault, "a lexical score is 0 or more")
    }
    try c.flag("all_items", &hasAllItems)
    try c.flag("all_with_terms", &hasAllWithTerms)
    try c.zeros(2)
    try Self.last("last_score", &lastScore, isNone: hasAllItems, &c)
    let lexicalAt = c.offset
    try Self.last("last_lexical_score", &lastLexicalScore, isNone: hasAllWithTerms, &c)
    try c.check(lastLexicalScore.sign == .plus, at: lexicalAt, "a lexical score is 0 or more")
  }

  /// A last score, which is 0 if no item is beyond it.
  private static func last<C: FieldCoder>(
    _ name: String, _ score: inout Float, isNone: Bool, _ c: inout C
  ) throws(C.Failure) {
    let at = c.offset
    try c.float(name, &score)
    try c.check(!isNone || score.bitPattern == 0, at: at, "a last score that bounds no item is 0")
  }
}
