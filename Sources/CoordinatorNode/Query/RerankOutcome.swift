package import Ranking
import Towers
package import Vocabulary

/// The outcome of re-ranking within the time that it had.
package struct RerankOutcome: Sendable {
  /// Logits of the first candidates; `nil` where not finite.
  package private(set) var logits: [Score?] = []
  /// Those of the network alone, in a search by words.
  private var networkLogits: [Score?] = []
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

  /// Adds what words say of the candidates to their logits.
  ///
  /// - Parameters:
  ///   - candidates: All of them, in their order.
  ///   - query: What the order reads of the query.
  mutating func add(_ candidates: [Merge.Entry], _ ranking: WordRanking, query: [Float]) {
    networkLogits = logits
    for (place, entry) in zip(logits.indices, candidates) {
      guard let logit = logits[place] else { continue }
      logits[place] = ranking.score(
        WordRanking.Candidate(
          lexical: entry.lexical, product: entry.candidate.score.value, fused: entry.fused, logit: logit.value),
        query: query)
      if logits[place] == nil { notFinite += 1 }
    }
  }

  /// What words add to the logits of the network, times how much that one counts; `nil` where one is not finite.
  func wordParts(_ ranking: WordRanking) -> [Float?] {
    zip(logits, networkLogits).map { score, logit in
      guard let score, let logit else { return nil }
      let part = score.value - ranking.logit * logit.value
      return part.isFinite ? part : nil
    }
  }
}
