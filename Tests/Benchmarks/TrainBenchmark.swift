import Foundation
import Kernels
import Learning
import Ranking
import SocketTransport
import Support
import Vocabulary

/// Epochs of the seed model, 6,040 × 3,706, 32 + 32 → 128 → 64 → 1, beside other frameworks on the same samples from the
/// same start, epoch by epoch in turn; the losses have to agree.
struct TrainBenchmark {
  private static let samples = 512_000
  private static let (userCount, itemCount) = (6040, 3706)

  let batch: Int
  let threads: Int
  let tables: TableOptimiser
  /// How many times faster than the fastest framework we want to be.
  let factor: Double?

  private var peerNames: [String] {
    tables == .dense ? ["torch-eager", "torch-fused", "torch-compile", "jax"] : ["torch-sparse"]
  }

  func run(_ size: BenchmarkSize) throws -> Measurement {
    let batches = Self.batches(size == .full ? Self.samples / batch : 8, of: batch)
    var options = TrainingOptions()
    options.threads = threads
    options.tableOptimiser = tables
    let network = RankingNetwork(.seed, userCount: Self.userCount, itemCount: Self.itemCount)
    network.initialise(seed: 1, deviation: 0.05)
    let files = size == .full ? try TrainPeers(batches, network) : nil
    let peers = try files.map { files in
      try peerNames.map { try files.start($0, batch: batch, threads: threads) }
    }
    defer { for peer in peers ?? [] { peer.stop() } }
    let optimiser = RankingOptimiser(network, options)
    let clock = SystemClock()
    var times: [Double] = []
    var peerTimes = [[Double]](repeating: [], count: peers?.count ?? 0)
    for epoch in 0..<(size == .full ? 7 : 1) {
      var sum = 0.0
      let start = clock.now()
      for batch in batches { sum += optimiser.step(batch, rate: 0.001).loss }
      times.append(Double(clock.now().nanoseconds - start.nanoseconds) / 1000)
      let loss = sum / Double(batches.count)
      guard loss.isFinite, loss < 1 else { throw WrongResult(description: "loss \(loss)") }
      for (index, peer) in (peers ?? []).enumerated() {
        let other = try peer.epoch()
        peerTimes[index].append(other.microseconds)
        // Later epochs drift apart by rounding.
        guard epoch > 0 || abs(other.loss - loss) < 1e-3 else {
          throw WrongResult(description: "loss \(loss), \(peer.name) has \(other.loss)")
        }
      }
    }
    if size == .full { report(times, zip(peerNames, peerTimes).map { ($0, $1) }) }
    let fastest = peerTimes.min { Measurement.median($0) ?? .infinity < Measurement.median($1) ?? .infinity }
    return Measurement(
      microseconds: times, peerMicroseconds: fastest ?? [],
      results: network.parameters.flatMap { matrix in
        (0..<matrix.rowCapacity).flatMap { matrix.row($0).map(\.bitPattern) }
      })
  }

  /// One line: thousand samples a second of everybody, and how many times faster than the fastest we are.
  private func report(_ times: [Double], _ peers: [(name: String, times: [Double])]) {
    func median(_ times: [Double]) -> Double { Measurement.median(times) ?? .infinity }
    let everybody = [("winnow", times)] + peers
    let rates = everybody.map { name, times in
      "\(name) \(Int(Double(Self.samples / batch * batch) / median(times) * 1000))"
    }
    var line = "  batch \(batch), threads \(threads): \(rates.joined(separator: ", ")) thousand samples/s"
    if let fastest = peers.map({ median($0.times) }).min() {
      let ratio = fastest / median(times)
      line += String(format: "; %.2f × the fastest", ratio)
      if let factor { line += String(format: ", bar %.1f: ", factor) + (ratio >= factor ? "holds" : "does not hold") }
    }
    FileHandle.standardError.write(Data("\(line)\n".utf8))
  }

  /// Users and items of skewed popularity whose labels follow hidden tastes.
  private static func batches(_ count: Int, of size: Int) -> [PairBatch] {
    var random = SeededRandom(seed: 9)
    return (0..<count).map { _ in
      var batch = PairBatch()
      for _ in 0..<size {
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
}
