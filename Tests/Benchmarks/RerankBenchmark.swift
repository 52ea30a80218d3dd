import Foundation
import Kernels
import Ranking
import Support
import Vocabulary

/// The re-ranker as the coordinator uses it: inputs from vectors and attributes, then the network.
struct RerankBenchmark {
  private static let dimension = 64
  /// With the dot product and the retrieval score these make 16 inputs besides the vectors.
  private static let attributeCount = 14

  let arithmetic: Arithmetic

  @Sendable func run(_ size: BenchmarkSize) throws -> Measurement {
    let rows = size == .full ? 1000 : 100
    let samples = size == .full ? 200 : 3
    let shop = try RerankShop(rows: rows, dimension: Self.dimension, attributeCount: Self.attributeCount)
    let reranker = Reranker(try shop.model(arithmetic))
    let candidates = arithmetic.roundsItems ? shop.candidates.rounded(by: KernelSet()) : shop.candidates
    let logits = reranker.rerank(shop.candidates, user: shop.user).map { $0?.value ?? .nan }
    let bits = logits.map(\.bitPattern)
    for isa in InstructionSet.available {
      let other = Reranker(reranker.model, kernels: KernelSet(isa))
      guard other.rerank(candidates, user: shop.user, blockRows: 7).map({ $0?.value.bitPattern ?? 0 }) == bits
      else { throw WrongResult(description: "\(isa) or the size of a block changes bits") }
    }
    let exact = Reranker(try shop.model(.float32)).rerank(shop.candidates, user: shop.user).map { $0?.value ?? .nan }
    EngineBenchmark.note(
      String(
        format: "rank correlation with float32 %.5f; rerank vectors of %d candidates travel in %d bytes",
        Self.rankCorrelation(exact, logits), rows, rows * Self.dimension * (arithmetic.roundsItems ? 2 : 4)))
    let ours = try Measurement(samples: samples, results: bits) { _ in
      _ = reranker.rerank(candidates, user: shop.user)
    }
    guard size == .full, let peer = try RerankPeer(shop) else { return ours }
    defer { peer.remove() }
    return Measurement(
      microseconds: ours.microseconds,
      peerMicroseconds: try peer.microseconds(arithmetic == .int8 ? "int8" : "float32", exact: exact), results: bits)
  }

  /// Spearman's, of two lists without ties.
  private static func rankCorrelation(_ a: [Float], _ b: [Float]) -> Double {
    func ranks(_ values: [Float]) -> [Double] {
      var ranks = [Double](repeating: 0, count: values.count)
      for (rank, place) in values.indices.sorted(by: { values[$0] < values[$1] }).enumerated() {
        ranks[place] = Double(rank)
      }
      return ranks
    }
    let n = Double(a.count)
    let squares = zip(ranks(a), ranks(b)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return 1 - 6 * squares / (n * (n * n - 1))
  }
}

/// The model, user and candidates of the benchmark.
struct RerankShop {
  let user: UserVectors
  let candidates: CandidateInputs
  /// `[out, in]` and `[out]` by layer.
  let weights, biases: [[Float]]
  private let manifest: Manifest

  init(rows: Int, dimension: Int, attributeCount: Int) throws {
    var random = SeededRandom(seed: 3)
    let attributes = (0..<attributeCount).map { AttributeDefinition(name: "a\($0)", type: .float) }
    guard
      let collection = CollectionSchema(
        embeddingDimension: dimension, rerankDimension: dimension, attributes: attributes)
    else { throw WrongResult(description: "no schema") }
    manifest = try Manifest(
      name: "benchmark", collection: collection, userDimension: dimension, usesProduct: false,
      attributeFeatures: [.retrievalScore(Normalisation())]
        + attributes.map { .numeric(attribute: $0.name, Normalisation(mean: 0.1, scale: 2)) },
      contextFeatures: [],
      layers: [
        Manifest.Layer(out: 128, activation: .relu), Manifest.Layer(out: 64, activation: .relu),
        Manifest.Layer(out: 1, activation: .none),
      ])
    let sizes = zip([144, 128, 64], [128, 64, 1])
    weights = sizes.map { random.floats($0 * $1, in: -0.2...0.2) }
    biases = sizes.map { random.floats($1) }
    user = UserVectors(query: random.floats(dimension), vector: random.floats(dimension), profile: [])
    candidates = CandidateInputs(
      retrievalScores: random.floats(rows), reranks: random.floats(rows * dimension),
      columns: (0..<attributeCount).map { _ in random.floats(rows).map { .float(Double($0)) } })
  }

  func model(_ arithmetic: Arithmetic) throws -> Model {
    var file = SafetensorsWriter()
    for (i, (weights, biases)) in zip(weights, biases).enumerated() {
      file.add("layers.\(i).weight", weights, shape: [biases.count, weights.count / biases.count])
      file.add("layers.\(i).bias", biases, shape: [biases.count])
    }
    let model = try Model.load(manifest: manifest.json, weights: file.file())
    guard arithmetic != .float32 else { return model }
    var calibration = Calibration(model)
    calibration.add(candidates, user: user)
    let files = try calibration.files(manifest: manifest.json, weights: file.file(), arithmetic: arithmetic)
    return try Model.load(manifest: files.manifest, weights: files.weights)
  }

  /// What the network reads, the user's inputs in front, `[rows, 144]`.
  func inputs() throws -> [Float] {
    let assembler = Reranker(try model(.float32)).assembler
    let matrix = FloatMatrix(rows: candidates.count, columns: assembler.columns)
    assembler.assemble(
      assembler.prepare(candidates, user: user, context: [:]), rows: 0..<candidates.count, into: matrix)
    return (0..<candidates.count).flatMap { user.vector + matrix.row($0) }
  }
}

/// onnxruntime with the same network on ready inputs, one thread, in the venv that `cluster/bench --peers` made.
struct RerankPeer {
  private struct Line: Decodable {
    let seconds: [Double]
    let logits: [Float]
  }

  private let python: String
  private let directory: URL

  /// `nil` without peers.
  init?(_ shop: RerankShop) throws {
    guard let python = ProcessInfo.processInfo.environment["WINNOW_PEERS_PYTHON"] else { return nil }
    self.python = python
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("winnow-rerank-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    for (name, values) in [
      ("inputs", try shop.inputs()), ("weights", shop.weights.flatMap { $0 }), ("biases", shop.biases.flatMap { $0 }),
    ] { try values.withUnsafeBytes { Data($0) }.write(to: directory.appendingPathComponent(name)) }
  }

  func remove() { try? FileManager.default.removeItem(at: directory) }

  /// Microseconds of each sample; its logits are near ours or it measures something else.
  func microseconds(_ kind: String, exact: [Float]) throws -> [Double] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("peers/rerank.py")
    process.arguments = [script.path, directory.path, kind]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw WrongResult(description: "onnxruntime failed") }
    let line = try JSONDecoder().decode(Line.self, from: data)
    let spread = (exact.max() ?? 0) - (exact.min() ?? 0)
    let error = zip(exact, line.logits).map { ($0 - $1).magnitude }.max() ?? .infinity
    guard line.logits.count == exact.count, error < (kind == "int8" ? 0.1 : 1e-4) * spread else {
      throw WrongResult(description: "onnxruntime's logits are \(error) away")
    }
    return line.seconds.map { $0 * 1e6 }
  }
}
