import Kernels
import Ranking
import Support
import Vocabulary

/// The re-ranker as the coordinator uses it: inputs from vectors and attributes, then the network.
enum RerankBenchmark {
  private static let dimension = 64
  /// With the dot product and the retrieval score these make 16 inputs besides the vectors.
  private static let attributeCount = 14

  @Sendable static func run(_ size: BenchmarkSize) throws -> Measurement {
    let rows = size == .full ? 1000 : 100
    var random = SeededRandom(seed: 3)
    let reranker = Reranker(try model(&random))
    let query = random.floats(dimension)
    let user = UserVectors(query: query, vector: random.floats(dimension), profile: [])
    let candidates = CandidateInputs(
      retrievalScores: random.floats(rows), reranks: random.floats(rows * dimension),
      columns: (0..<attributeCount).map { _ in random.floats(rows).map { .float(Double($0)) } })
    let logits = reranker.rerank(candidates, user: user).map { $0?.value.bitPattern ?? 0 }
    guard logits == reranker.rerank(candidates, user: user, blockRows: 7).map({ $0?.value.bitPattern ?? 0 }) else {
      throw WrongResult(description: "the size of a block changes bits")
    }
    let network = BenchmarkNetwork(rows: rows)
    let parts = network.first.split(at: BenchmarkNetwork.user)
    return try Measurement(samples: size == .full ? 200 : 3, results: logits) { _ in
      _ = reranker.rerank(candidates, user: user)
    } peer: { _ in
      _ = network.carried(parts)
    }
  }

  private static func model(_ random: inout SeededRandom) throws -> Model {
    let attributes = (0..<attributeCount).map { AttributeDefinition(name: "a\($0)", type: .float) }
    guard
      let collection = CollectionSchema(
        embeddingDimension: dimension, rerankDimension: dimension, attributes: attributes)
    else { throw WrongResult(description: "no schema") }
    let manifest = try Manifest(
      name: "benchmark", collection: collection, userDimension: dimension, usesProduct: false,
      attributeFeatures: [.retrievalScore(Normalisation())]
        + attributes.map { .numeric(attribute: $0.name, Normalisation(mean: 0.1, scale: 2)) },
      contextFeatures: [],
      layers: [
        Manifest.Layer(out: 128, activation: .relu), Manifest.Layer(out: 64, activation: .relu),
        Manifest.Layer(out: 1, activation: .none),
      ])
    var weights = SafetensorsWriter()
    var inputs = 144
    for (i, outputs) in [128, 64, 1].enumerated() {
      weights.add(
        "layers.\(i).weight", random.floats(inputs * outputs, in: -0.2...0.2), shape: [outputs, inputs])
      weights.add("layers.\(i).bias", random.floats(outputs), shape: [outputs])
      inputs = outputs
    }
    return try Model.load(manifest: manifest.json, weights: weights.file())
  }
}
