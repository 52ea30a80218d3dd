package import Ranking

/// The saving of a model stored in fewer bytes, and its cost on held-out events.
package struct Compression: Sendable, Equatable {
  package let storage: TensorStorage
  /// Of weights, user vectors and item vectors, in float32 and as they are stored.
  package let exactBytes, bytes: Int
  /// `nil` if no event could be held out.
  package let exact, stored: RankFigures?

  /// Stores a model, reads it back and lets it rank the held-out events in both phases.
  ///
  /// - Parameter plan: What the network read while it was judged; `nil` if it reads no features.
  package init(
    _ model: TrainedModel, _ storage: TensorStorage, plan: FeaturePlan?, judge: EpochJudge?
  ) throws(ModelError) {
    self.storage = storage
    let whole = try model.files()
    let files = storage == .float32 ? whole : try model.files(weights: storage, vectors: storage)
    exactBytes = whole.count
    bytes = files.count
    exact = judge?.figures(model.network)
    guard storage != .float32, let judge else {
      stored = exact
      return
    }
    let read = try TrainedModel(files, catalogue: plan?.catalogue, plan: plan, kernels: model.network.kernels)
    stored = judge.figures(read.network, searchedBy: RetrievalTower(queries: read.queries, embeddings: read.embeddings))
  }
}
