package import Kernels
package import Vocabulary

/// Scores candidates by a model's network: logits `[m]`, in blocks from the best candidate on.
package struct Reranker: Sendable {
  package let model: Model
  package let assembler: FeatureAssembler
  /// Candidates per block: a multiple of the rows that kernels hold in registers (4 and 6), so that none are left over,
  /// and few enough for the first cache.
  package static let blockRows = 48
  let kernels: KernelSet

  package init(_ model: Model, kernels: KernelSet = KernelSet()) {
    self.model = model
    self.kernels = kernels
    assembler = FeatureAssembler(model.manifest, kernels: kernels)
  }

  /// Starts a run over candidates; nothing is computed for them yet.
  ///
  /// - Parameter blockRows: Candidates per block; any number gives the same bits.
  package func run(
    _ candidates: CandidateInputs, user: UserVectors, context: [String: ContextValue] = [:],
    blockRows: Int = Reranker.blockRows
  ) -> RerankRun {
    let query = assembler.prepare(candidates, user: user, context: context)
    return RerankRun(
      query, assembler, network(for: query, blockRows: max(1, min(blockRows, candidates.count))))
  }

  /// The network for one query.
  func network(for query: FeatureAssembler.QueryInputs, blockRows: Int) -> Network {
    Network(
      model, user: query.user, scaling: query.scaling, columns: assembler.columns, kernels: kernels,
      blockRows: blockRows)
  }

  /// Re-ranks block by block until all are done or `shouldStop`, asked before every block, says so.
  package func rerank(
    _ candidates: CandidateInputs, user: UserVectors, context: [String: ContextValue] = [:],
    blockRows: Int = Reranker.blockRows, shouldStop: () -> Bool = { false }
  ) -> [Score?] {
    var run = run(candidates, user: user, context: context, blockRows: blockRows)
    while !shouldStop(), run.assemble() { run.score() }
    return run.scores
  }
}
