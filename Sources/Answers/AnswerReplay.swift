import Kernels
package import Ranking
import Towers
import Vocabulary

/// Computes the logits of logged answers once more, to the last bit.
package struct AnswerReplay {
  /// How a replay ended.
  package enum Outcome: Sendable, Equatable {
    case equal(candidates: Int)
    /// The answer has no inputs.
    case withoutInputs
    /// The model that it names is not at hand.
    case withoutModel
    /// The inputs do not fit the model.
    case unfit
    /// The candidate at a place from 0 has another logit than was logged, by their bits; `nil`: not finite.
    case different(place: Int, logged: UInt32?, computed: UInt32?)
    /// A result was shown with another logit than its candidate has.
    case shownOtherwise(item: UInt64)
  }

  private let rerankers: [UInt64: Reranker]

  package init(_ rerankers: [Reranker]) {
    self.rerankers = Dictionary(rerankers.map { ($0.model.id, $0) }) { first, _ in first }
  }

  /// Replays an answer.
  package func outcome(of answer: LoggedAnswer) -> Outcome {
    guard let inputs = answer.inputs else { return .withoutInputs }
    guard let reranker = rerankers[answer.model] else { return .withoutModel }
    guard inputs.fit(reranker) else { return .unfit }
    let context = Dictionary(answer.context.map { ($0.name, $0.value) }) { first, _ in first }
    let logits = reranker.rerank(inputs.candidates, user: inputs.user, context: context)
    let ranking = reranker.model.wordRanking
    var byItem: [UInt64: UInt32] = [:]
    for (place, logged) in inputs.logits.enumerated() {
      var computed = logits[place]
      if let words = inputs.words, let logit = computed {
        computed = ranking.score(
          WordRanking.Candidate(
            lexical: words.lexical[place], product: words.products[place], fused: words.fused[place],
            logit: logit.value), query: words.query)
      }
      let bits = computed?.value.bitPattern
      guard bits == logged else { return .different(place: place, logged: logged, computed: bits) }
      byItem[inputs.ids[place]] = bits
    }
    for shown in answer.shown.prefix(answer.rankedCount) where !answer.isBoosted {
      guard byItem[shown.item] == shown.logit.bitPattern else { return .shownOtherwise(item: shown.item) }
    }
    return .equal(candidates: inputs.logits.count)
  }
}

extension AnswerInputs {
  /// Whether the shapes are those that a model reads: a log is a file, which can hold anything.
  fileprivate func fit(_ reranker: Reranker) -> Bool {
    let manifest = reranker.model.manifest
    let width = manifest.collection.rerankDimension
    return user.query.count == manifest.collection.embeddingDimension && user.vector.count == manifest.userDimension
      && user.profile.count == manifest.profileDimension
      && candidates.columns.count == reranker.assembler.attributeNames.count
      && (candidates.reranks.columns == width || !manifest.vectors.readsItems)
  }
}
