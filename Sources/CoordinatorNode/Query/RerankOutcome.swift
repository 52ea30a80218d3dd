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
}
