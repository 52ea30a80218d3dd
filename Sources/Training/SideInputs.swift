package import Kernels
package import Ranking

/// What a ranking network reads besides the vectors that it learns; none of it is trained.
package struct SideInputs: Sendable {
  /// The retrieval tower whose inner product is an input.
  package struct Retrieval: Sendable {
    /// `[users, d]` and `[items, d]`.
    package let queries, embeddings: FloatMatrix
    package let normalisation: Normalisation

    package init(queries: FloatMatrix, embeddings: FloatMatrix, normalisation: Normalisation) {
      precondition(queries.columns == embeddings.columns, "vectors of one width")
      precondition(!normalisation.takesLog, "a retrieval score has no logarithm")
      self.queries = queries
      self.embeddings = embeddings
      self.normalisation = normalisation
    }
  }

  /// Ready inputs about users, `[users, p]`.
  package var profiles: FloatMatrix?
  /// Ready inputs about items, `[items, a]`, as `Catalogue.inputs` makes them.
  package var attributes: FloatMatrix?
  package var retrieval: Retrieval?

  package init(profiles: FloatMatrix? = nil, attributes: FloatMatrix? = nil, retrieval: Retrieval? = nil) {
    self.profiles = profiles
    self.attributes = attributes
    self.retrieval = retrieval
  }
}
