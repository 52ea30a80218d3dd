package import Ranking
import Kernels
import Vocabulary

/// All that makes the logits of an answer once more: what the network read of the shopper and of each candidate, and the
/// logits that came of it.
package struct AnswerInputs: Sendable {
  /// What the order of a search by words reads besides the network's logits.
  package struct Words: Sendable {
    /// Of the query.
    package let query: [Float]
    /// By candidate: the scores without the network's logit.
    package let lexical, products, fused: [Float]

    package init(query: [Float], lexical: [Float], products: [Float], fused: [Float]) {
      (self.query, self.lexical, self.products, self.fused) = (query, lexical, products, fused)
    }
  }

  package let user: UserVectors
  /// All candidates, best first by retrieval; those behind the logits were not re-ranked.
  package let candidates: CandidateInputs
  /// The items of the candidates.
  package let ids: [UInt64]
  /// The ranking scores of the first candidates, by their bits; `nil` where one was not finite.
  package let logits: [UInt32?]
  /// `nil`: no search by words.
  package let words: Words?

  /// - Precondition: an id for each candidate, and as many logits at most.
  package init(
    user: UserVectors, candidates: CandidateInputs, ids: [UInt64], logits: [UInt32?], words: Words?
  ) {
    precondition(ids.count == candidates.count && logits.count <= ids.count, "logits of candidates")
    (self.user, self.candidates, self.ids, self.logits, self.words) = (user, candidates, ids, logits, words)
  }

  /// The bytes that it takes in memory, about.
  var byteCount: Int {
    let attributes = candidates.columns.count * 16
    return 4 * (user.query.count + user.vector.count + user.profile.count) + 20 * user.owned.ids.count
      + 12 * user.neighbours.count + candidates.count * (24 + 4 * candidates.reranks.columns + attributes)
  }
}
