package import Vocabulary

/// How a query's time is split, so that the answer leaves before the deadline even if shards do not answer.
package struct DeadlineSplit: Sendable, Equatable {
  /// When the shopper's history has to be there; without it by then the answer is made without it.
  package let historyEnd: Instant
  /// When session items have to be there; what is not by then does not count.
  package let sessionEnd: Instant
  /// When shards that are still awaited hold up the second searches of the others no longer.
  package let proofStart: Instant
  /// When the last candidates have to be there.
  package let gatherEnd: Instant
  /// When the last block of candidates is re-ranked.
  package let rerankEnd: Instant

  /// Splits what is left of a query's time.
  ///
  /// A twentieth, at most 10 ms, is kept for the reply; of the rest a quarter, at most 250 ms, for re-ranking.
  package init(now: Instant, deadline: Instant, reranks: Bool) {
    let left = now.microseconds(until: deadline)
    let reply = min(left / 20, 10_000)
    let rerank = reranks ? min((left - reply) / 4, 250_000) : 0
    let gather = left - reply - rerank
    historyEnd = now.advanced(microseconds: gather / 6)
    sessionEnd = now.advanced(microseconds: gather / 3)
    proofStart = now.advanced(microseconds: gather / 2)
    gatherEnd = now.advanced(microseconds: gather)
    rerankEnd = now.advanced(microseconds: left - reply)
  }
}
