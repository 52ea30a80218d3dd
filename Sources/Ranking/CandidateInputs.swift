package import Kernels
package import Vocabulary

/// The inputs of m candidates that the network may read, best first by retrieval.
package struct CandidateInputs: Sendable {
  /// `[m]`; empty where no input needs them.
  package let ids: [ItemID]
  /// Inner products of query and embedding, `[m]`.
  package let retrievalScores: [Float]
  /// Rerank vectors `[m, r]`; not read if the model reads no item vectors.
  package let reranks: FloatMatrix
  /// Whether the rerank vectors are rounded to bf16 already, as they are when they travelled so.
  package let isRounded: Bool
  /// The columns that `FeatureAssembler.attributeNames` lists, in that order.
  package let columns: [InputColumn]

  package init(
    ids: [ItemID] = [], retrievalScores: [Float], reranks: FloatMatrix, isRounded: Bool = false,
    columns: [InputColumn]
  ) {
    self.ids = ids
    self.retrievalScores = retrievalScores
    self.reranks = reranks
    self.isRounded = isRounded
    self.columns = columns
  }

  /// Inputs from values one by one: rerank vectors row-major, `nil` for a missing attribute.
  package init(ids: [ItemID] = [], retrievalScores: [Float], reranks: [Float], columns: [[AttributeValue?]]) {
    let m = retrievalScores.count
    let r = m > 0 ? reranks.count / m : 0
    let matrix = FloatMatrix(rows: m, columns: r)
    for row in 0..<m { matrix.setRow(row, reranks[row * r..<(row + 1) * r]) }
    self.init(
      ids: ids, retrievalScores: retrievalScores, reranks: matrix, columns: columns.map { InputColumn($0) })
  }

  /// The same with rerank vectors rounded to bf16, as a shard sends them to a model that computes in fewer bits.
  package func rounded(by kernels: KernelSet) -> CandidateInputs {
    CandidateInputs(
      ids: ids, retrievalScores: retrievalScores, reranks: kernels.roundedToBFloat16(reranks, rows: 0..<count),
      isRounded: true,
      columns: columns)
  }

  /// Number m of candidates.
  package var count: Int { retrievalScores.count }
}

/// A value of a query's context, under the name of a context feature.
package enum ContextValue: Hashable, Sendable {
  case number(Float)
  case word(ExactText)
}
