import DataSets
import Support
import Foundation
import Ranking
import SocketTransport
import Vocabulary

/// The published weights of the NCF paper's MLP, converted by `peers/import_ncf.py` and scored by the network that serves.
enum ImportedModelBenchmark {
  /// HR@10 and NDCG@10 of these weights as others measured them, to four places.
  private static let published = (hitRate: 0.6710, ndcg: 0.3963)

  @Sendable static func run(_ size: BenchmarkSize) throws -> Measurement {
    guard size == .full, let data = try MovieLens() else { return Measurement(microseconds: [0], results: []) }
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("winnow-ncf-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    try convert(to: directory)
    func bytes(_ name: String) throws -> [UInt8] {
      [UInt8](try Data(contentsOf: directory.appendingPathComponent(name)))
    }
    let model = try Model.load(
      manifest: bytes("manifest.json"), weights: bytes("weights.safetensors"), users: bytes("users.safetensors"))
    let items = try ItemVectors(bytes("items.safetensors"), for: model.manifest.collection)
    guard items.ids == (0..<3706).map({ ItemID($0) }), model.users.count == 6040 else {
      throw WrongResult(description: "not the users and items of ml-1m")
    }
    let reranker = Reranker(model)
    let r = model.manifest.collection.rerankDimension
    let clock = SystemClock()
    let start = clock.now()
    let evaluation = CaseRanks(data.test, histories: Histories(data.log)) { user, listed in
      guard let listed, let vectors = model.users[UserID(UInt64(user))] else { return [] }
      let inputs = CandidateInputs(
        retrievalScores: [Float](repeating: 0, count: listed.count),
        reranks: listed.flatMap { items.reranks[Int($0) * r..<(Int($0) + 1) * r] }, columns: [])
      return reranker.rerank(inputs, user: vectors).map { $0?.value ?? -.infinity }
    }
    let time = Double(clock.now().nanoseconds - start.nanoseconds) / 1000
    let (hitRate, ndcg) = (evaluation.hitRate(at: 10), evaluation.ndcg(at: 10))
    FileHandle.standardError.write(Data(String(format: "  HR@10 %.4f  NDCG@10 %.4f\n", hitRate, ndcg).utf8))
    guard abs(hitRate - published.hitRate) < 5e-5, abs(ndcg - published.ndcg) < 5e-5 else {
      throw WrongResult(description: "not \(published)")
    }
    return Measurement(microseconds: [time], results: evaluation.ranks.flatMap { $0.map(UInt32.init) })
  }

  private static func convert(to directory: URL) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "peers/import_ncf.py")
    process.arguments = [
      ProcessInfo.processInfo.environment["WINNOW_PEERS_PYTHON"] ?? "python3", script.path,
      MovieLens.directory.appendingPathComponent("ncf_pretrained_gmf8_mlp.npz").path, directory.path,
    ]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw WrongResult(description: "import_ncf.py failed; if numpy is missing, --peers installs it")
    }
  }
}
