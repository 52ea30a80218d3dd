package import Ranking
package import Vocabulary

/// The outcome of re-ranking within the time that it had.
package struct RerankOutcome: Sendable {
  /// Logits of the first candidates; `nil` where not finite.
  package private(set) var logits: [Score?] = []
  /// How many of them are `nil`.
  package private(set) var notFinite = 0
  var featureMicroseconds: UInt64 = 0
  var networkMicroseconds: UInt64 = 0

  /// No model, nothing done.
  package init() {}

  /// Re-ranks block by block, best candidate first, until done or `shouldStop`.
  package init(
    _ reranker: Reranker, _ inputs: CandidateInputs, user: UserVectors, context: [String: ContextValue],
    clock: any MonotonicClock, shouldStop: () -> Bool
  ) {
    let begin = clock.now()
    var run = reranker.run(inputs, user: user, context: context)
    featureMicroseconds = begin.microseconds(until: clock.now())
    while !shouldStop() {
      let start = clock.now()
      guard run.assemble() else { break }
      let middle = clock.now()
      run.score()
      featureMicroseconds += start.microseconds(until: middle)
      networkMicroseconds += middle.microseconds(until: clock.now())
    }
    logits = run.scores
    notFinite = run.notFinite
  }

  /// How much the score of a search by words counts beside the logit of a model that has not learned from words: an item
  /// with all of them goes before one with half of them, unless the shopper's taste says otherwise very clearly.
  static let wordWeight: Float = 32

  /// Adds what words say of the candidates to their logits.
  ///
  /// - Parameter scores: Of all candidates, in their order.
  mutating func add(_ scores: [Float]) {
    for (place, score) in zip(logits.indices, scores) {
      guard let logit = logits[place] else { continue }
      logits[place] = Score(logit.value + Self.wordWeight * score)
      if logits[place] == nil { notFinite += 1 }
    }
  }
}
