import DataSets
import Learning
import Support
import Foundation
import Kernels
import Ranking
import SocketTransport
import Vocabulary

/// What the row-lazy Adam gives up on MovieLens 1M: the seed model after the same epochs of the same samples by dense
/// Adam, by ours and by torch's SparseAdam, each with its hit rate under the NCF protocol.
enum LazyAdamBenchmark {
  @Sendable static func run(_ size: BenchmarkSize) throws -> Measurement {
    guard size == .full, let data = try MovieLens() else { return Measurement(microseconds: [0], results: []) }
    var options = TrainingOptions()
    options.batchSize = 1024
    options.epochs = 3
    options.threads = 2
    let histories = Histories(data.log)
    func network() -> RankingNetwork {
      let network = RankingNetwork(.seed, userCount: data.log.userCount, itemCount: data.log.itemCount)
      network.initialise(seed: 1)
      return network
    }
    func report(_ name: String, _ network: RankingNetwork, _ times: [Double]) {
      let result = CaseRanks(data.test, histories: histories) { network.logits(user: $0, items: $1 ?? []) }
      let line = String(
        format: "  %@: HR@10 %.4f, NDCG@10 %.4f after %d epochs of %.1f s\n", name, result.hitRate(at: 10),
        result.ndcg(at: 10), options.epochs, (Measurement.median(times) ?? .nan) / 1e6)
      FileHandle.standardError.write(Data(line.utf8))
    }
    // Whole batches only, as the peer takes them.
    let epochs = (0..<options.epochs).map { epoch in
      RankingTrainer.samples(data.log, options, epoch: epoch).filter { $0.count == options.batchSize }
    }
    let peers = try TrainPeers(epochs.flatMap { $0 }, network())
    let clock = SystemClock()
    func train(_ tables: TableOptimiser) -> (RankingNetwork, [Double]) {
      options.tableOptimiser = tables
      let network = network()
      let optimiser = RankingOptimiser(network, options)
      let times = epochs.map { batches in
        let start = clock.now()
        for batch in batches { _ = optimiser.step(batch, rate: 0.001) }
        return Double(clock.now().nanoseconds - start.nanoseconds) / 1000
      }
      return (network, times)
    }
    let dense = train(.dense)
    report("winnow, dense Adam", dense.0, dense.1)
    let lazy = train(.rowLazy)
    report("winnow, row-lazy Adam", lazy.0, lazy.1)
    var peerTimes: [Double] = []
    if let peers {
      let peer = try peers.start("torch-sparse", batch: options.batchSize, threads: 2, epochs: options.epochs)
      for _ in epochs { peerTimes.append(try peer.epoch().microseconds) }
      peer.stop()
      let theirs = network()
      try peers.read(into: theirs)
      report("torch, SparseAdam", theirs, peerTimes)
    }
    return Measurement(
      microseconds: lazy.1, peerMicroseconds: peerTimes, results: lazy.0.items.row(0).map(\.bitPattern))
  }
}
