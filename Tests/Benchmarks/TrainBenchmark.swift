import Foundation
import Kernels
import Ranking
import SocketTransport
import Support
import Training
import Vocabulary

/// Epochs of the seed model, 6,040 × 3,706, 32 + 32 → 128 → 64 → 1, dense Adam, beside PyTorch and JAX on the same
/// samples from the same start; the losses have to agree.
struct TrainBenchmark {
  static let samples = 512_000
  private static let (userCount, itemCount) = (6040, 3706)

  let batch: Int
  let threads: Int

  func run(_ size: BenchmarkSize) throws -> Measurement {
    let count = size == .full ? Self.samples : 8 * batch
    let epochs = size == .full ? 5 : 1
    let whole = Self.sample(count)
    let batches = stride(from: 0, to: count - batch + 1, by: batch).map { start in
      PairBatch(
        users: Array(whole.users[start..<start + batch]), items: Array(whole.items[start..<start + batch]),
        targets: Array(whole.targets[start..<start + batch]), weights: Array(whole.weights[start..<start + batch]))
    }
    var options = TrainingOptions()
    options.threads = threads
    let network = RankingNetwork(.seed, userCount: Self.userCount, itemCount: Self.itemCount)
    network.initialise(seed: 1, deviation: 0.05)
    let peers = try Peers(whole, network)
    defer { peers?.remove() }
    let optimiser = RankingOptimiser(network, options)
    let clock = SystemClock()
    var times: [Double] = []
    var losses: [Double] = []
    for _ in 0..<epochs {
      var sum = 0.0
      let start = clock.now()
      for batch in batches { sum += optimiser.step(batch, rate: 0.001).loss }
      times.append(Double(clock.now().nanoseconds - start.nanoseconds) / 1000)
      losses.append(sum / Double(batches.count))
    }
    guard losses.allSatisfy({ $0.isFinite && $0 < 1 }) else { throw WrongResult(description: "losses \(losses)") }
    report("winnow", times, losses[0])
    var best: [Double] = []
    for peer in peers == nil || size == .smoke ? [] : Peers.names {
      guard let result = try peers?.run(peer, batch: batch, threads: threads, epochs: epochs) else { continue }
      report(peer, result.microseconds, result.firstLoss)
      guard abs(result.firstLoss - losses[0]) < 1e-3 else {
        throw WrongResult(description: "loss \(losses[0]), \(peer) has \(result.firstLoss)")
      }
      let time = Measurement.median(result.microseconds) ?? .infinity
      if time < Measurement.median(best) ?? .infinity { best = result.microseconds }
    }
    return Measurement(
      microseconds: times, peerMicroseconds: best,
      results: network.parameters.flatMap { matrix in
        (0..<matrix.rowCapacity).flatMap { matrix.row($0).map(\.bitPattern) }
      })
  }

  private func report(_ name: String, _ microseconds: [Double], _ loss: Double) {
    let rate = Double(Self.samples / batch * batch) / (Measurement.median(microseconds) ?? .nan) * 1000
    let line = "  \(name), batch \(batch), threads \(threads): \(Int(rate)) thousand samples/s, loss \(loss)\n"
    FileHandle.standardError.write(Data(line.utf8))
  }

  /// Users and items of skewed popularity whose labels follow hidden tastes.
  private static func sample(_ count: Int) -> PairBatch {
    var random = SeededRandom(seed: 9)
    var batch = PairBatch()
    for _ in 0..<count {
      let user = Int.random(in: 0..<userCount, using: &random)
      let place = Double.random(in: 0..<1, using: &random)
      let item = Int(place * place * Double(itemCount))
      let taste = (user &* 31 &+ item &* 17) % 7 < 2
      batch.users.append(UInt32(user))
      batch.items.append(UInt32(item))
      batch.targets.append(taste != (random.next() % 8 == 0) ? 1 : 0)
      batch.weights.append(1)
    }
    return batch
  }
}

extension TrainBenchmark {
  /// The peers' venv, which `cluster/bench --peers` made, and the files they read.
  private struct Peers {
    static let names = ["torch-eager", "torch-fused", "torch-compile", "jax"]

    private let python: String
    private let directory: URL

    /// `nil` without peers.
    init?(_ batch: PairBatch, _ network: RankingNetwork) throws {
      guard let python = ProcessInfo.processInfo.environment["WINNOW_PEERS_PYTHON"] else { return nil }
      self.python = python
      directory = FileManager.default.temporaryDirectory.appendingPathComponent("winnow-train-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      try write("users", batch.users)
      try write("items", batch.items)
      try write("labels", batch.targets)
      try write("p0", Self.values(network.users, 0..<network.users.rowCapacity))
      try write("p1", Self.values(network.items, 0..<network.items.rowCapacity))
      for (layer, weights) in network.weights.enumerated() {
        let inputs = weights.rowCapacity - 1
        try write("p\(2 + 2 * layer)", Self.values(weights, 0..<inputs))
        try write("p\(3 + 2 * layer)", Self.values(weights, inputs..<inputs + 1))
      }
    }

    func remove() { try? FileManager.default.removeItem(at: directory) }

    func run(
      _ peer: String, batch: Int, threads: Int, epochs: Int
    ) throws -> (microseconds: [Double], firstLoss: Double)? {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: python)
      let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("peers/train.py")
      process.arguments = [script.path, directory.path, peer, "\(batch)", "\(threads)", "\(epochs)"]
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let data = try output.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      struct Line: Decodable {
        let seconds: [Double]
        let first_loss: Double
      }
      guard process.terminationStatus == 0, let line = try? JSONDecoder().decode(Line.self, from: data) else {
        throw WrongResult(description: "\(peer) failed")
      }
      return (line.seconds.map { $0 * 1e6 }, line.first_loss)
    }

    private static func values(_ matrix: FloatMatrix, _ rows: Range<Int>) -> [Float] { rows.flatMap { matrix.row($0) } }

    private func write<Element: BitwiseCopyable>(_ name: String, _ values: [Element]) throws {
      try values.withUnsafeBytes { Data($0) }.write(to: directory.appendingPathComponent(name))
    }
  }
}
