import Kernels
package import Vocabulary

/// One query's re-ranking in progress: `assemble` a block, `score` it, look at the clock, and so on.
package struct RerankRun: ~Copyable {
  private let query: FeatureAssembler.QueryInputs
  private let assembler: FeatureAssembler
  private let network: Network
  private var assembled = 0

  /// Ranking scores, the logits of the first candidates; `nil` stands for a NaN or an infinity, which ranks last.
  package private(set) var scores: [Score?] = []
  /// How many of the scores are `nil`.
  package private(set) var notFinite = 0

  init(
    _ query: FeatureAssembler.QueryInputs, _ assembler: FeatureAssembler, _ network: Network
  ) {
    self.query = query
    self.assembler = assembler
    self.network = network
  }

  /// How many candidates have been re-ranked.
  package var count: Int { scores.count }

  /// Makes the inputs of the next block.
  ///
  /// - Returns: Whether there was one.
  package mutating func assemble() -> Bool {
    let end = min(scores.count + network.blockRows, query.count)
    guard end > scores.count else { return false }
    assembler.assemble(query, rows: scores.count..<end, into: network.inputs)
    assembled = end - scores.count
    return true
  }

  /// Runs the network over the block that was assembled last.
  package mutating func score() {
    for logit in network.logits(rows: assembled) {
      let score = Score(logit)
      if score == nil { notFinite += 1 }
      scores.append(score)
    }
    assembled = 0
  }

  /// Each layer's inputs for the block that was scored last: the network's inputs, then the outputs of the layers
  /// before.
  var layerInputs: [FloatMatrix] { [network.inputs] + network.outputs.dropLast() }
}
