package import Vocabulary

/// What the network may read of m candidates, best first by retrieval.
package struct CandidateInputs: Sendable {
  /// Inner products of query and embedding, `[m]`.
  package var retrievalScores: [Float]
  /// Rerank vectors, row-major `[m, r]`; empty if r is 0.
  package var reranks: [Float]
  /// The columns that `FeatureAssembler.attributeNames` lists, in that order, `[m]` each; `nil` is missing.
  package var columns: [[AttributeValue?]]

  package init(retrievalScores: [Float], reranks: [Float], columns: [[AttributeValue?]]) {
    self.retrievalScores = retrievalScores
    self.reranks = reranks
    self.columns = columns
  }

  /// Number m of candidates.
  package var count: Int { retrievalScores.count }
}

/// What a query says of its moment, under the name of a context feature.
package enum ContextValue: Hashable, Sendable {
  case number(Float)
  case word(String)
}
