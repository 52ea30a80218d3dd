import Foundation
import SocketTransport
import Transport
import Vocabulary
import WinnowClient

/// Twenty minutes of everything that a cluster is asked to do, and what its nodes keep of it: memory, descriptors and
/// threads of each node must not grow.
enum SoakBenchmark {
  private static let minutesUsual = 20.0
  private static let smokeSeconds = 8.0
  /// What a start fills once, such as buffers and pools, is not growth.
  private static let warmupShare = 0.25

  /// What a node has of something, a minute, at most.
  private static let bars: [(what: String, unit: String, bar: Double, value: @Sendable (ProcessSample) -> Double)] = [
    ("memory", "MiB/min", 0.25, { Double($0.memoryBytes) / 1_048_576 }),
    ("descriptors", "/min", 0.1, { Double($0.descriptors) }), ("threads", "/min", 0.1, { Double($0.threads) }),
  ]

  @Sendable static func run(_ size: BenchmarkSize) async throws -> Measurement {
    let minutes = ProcessInfo.processInfo.environment["SOAK_MINUTES"].flatMap { Double($0) } ?? minutesUsual
    let seconds = size == .full ? minutes * 60 : smokeSeconds
    let cluster = try ServiceCluster(shards: 3, isDurable: true, hasAdmin: true)
    defer { cluster.stop() }
    let load = try await SoakLoad(cluster, GrowthShop(count: size == .full ? 20_000 : 2000))
    async let outcome = load.run(seconds: seconds)
    let samples = try await sample(cluster, seconds: seconds, every: size == .full ? 5 : 0.2)
    let tally = try await outcome
    EngineBenchmark.note("\(tally)")
    guard tally.wrong == 0, tally.latencies.count > 20, !tally.done.isEmpty else {
      throw WrongResult(description: "answers that are wrong, or too few: \(tally)")
    }
    var measurement = Measurement(microseconds: tally.latencies, results: load.reference)
    for (node, taken) in zip(cluster.nodes, samples) {
      for (what, unit, bar, value) in bars {
        let steady = taken.drop { $0.minute < seconds / 60 * warmupShare }
        let slope = Slope(steady.map { ($0.minute, value($0.sample)) })
        if let first = steady.first, let last = taken.last {
          EngineBenchmark.note(
            String(format: "%@: %@ %.1f, at the end %.1f", node.name, what, value(first.sample), value(last.sample)))
        }
        measurement.figures.append(
          .init(name: "\(node.name): \(what)", value: slope.perMinute, unit: unit, bar: bar, spread: slope.spread))
      }
    }
    return measurement
  }

  /// Samples of each node.
  private static func sample(
    _ cluster: ServiceCluster, seconds: Double, every interval: Double
  ) async throws -> [[(minute: Double, sample: ProcessSample)]] {
    let clock = SystemClock()
    let start = clock.now()
    var samples = cluster.nodes.map { _ in [(minute: Double, sample: ProcessSample)]() }
    while true {
      let elapsed = Double(start.microseconds(until: clock.now())) / 1e6
      guard elapsed < seconds else { return samples }
      for (index, node) in cluster.nodes.enumerated() {
        guard let sample = ProcessSample(of: node.process) else {
          throw WrongResult(description: "\(node.name) has ended")
        }
        samples[index].append((elapsed / 60, sample))
      }
      try await Task.sleep(for: .seconds(interval))
    }
  }
}
