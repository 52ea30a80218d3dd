import Vocabulary

/// The items of an answer, best first; as bytes the same for the same data at any number of shards.
package struct RankResults: Message, FieldGroup, Equatable {
  /// No item that the filter passes has a better retrieval score than the candidates that were taken.
  package var isExact = false
  /// The order is by logit; without a model it is by retrieval score.
  package var isRanked = false
  /// How many of the results, from the first, have a logit.
  package var rerankedCount = 0
  package var ids: [UInt64] = []
  package var retrievalScores: [Float] = []
  /// 0 behind `rerankedCount`.
  package var logits: [Float] = []
  package var attributes = AttributeTable.empty(rowCount: 0)

  package init() {}

  package init(
    isExact: Bool, isRanked: Bool, rerankedCount: Int, ids: [UInt64], retrievalScores: [Float], logits: [Float],
    attributes: AttributeTable
  ) {
    self.isExact = isExact
    self.isRanked = isRanked
    self.rerankedCount = rerankedCount
    self.ids = ids
    self.retrievalScores = retrievalScores
    self.logits = logits
    self.attributes = attributes
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var count = ids.count
    try c.integer("n", &count, as: UInt32.self, in: 0...Limits.kMax, or: .limitExceeded)
    try c.flag("exact", &isExact)
    try c.flag("ranked", &isRanked)
    try c.integer("reranked_results", &rerankedCount, as: UInt16.self, in: 0...count)
    try c.head(of: &attributes)
    try c.pad8()
    try c.section(.columns)
    try c.column("ids", &ids, count: count)
    try c.column("retrieval_scores", &retrievalScores, count: count)
    try c.pad8()
    try c.column("ranking_logits", &logits, count: count, isFinite: false)
    try c.pad8()
    try c.columns(of: &attributes, rowCount: count)
  }
}
