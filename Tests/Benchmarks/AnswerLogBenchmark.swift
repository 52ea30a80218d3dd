import Foundation
import Vocabulary
import WinnowClient

/// What it costs to log all answers: two clusters alike but for the log, under load in turn.
enum AnswerLogBenchmark {
  private static let connections = 8
  /// Of p99, more than without.
  private static let barMicroseconds = 100.0

  static func cost(_ size: BenchmarkSize) async throws -> Measurement {
    let count = size == .full ? 200_000 : 20_000
    guard
      let vectors = try EngineData.factors.vectors(
        count, queries: ServiceBenchmark.queryCount, dimension: ServiceBenchmark.dimension)
    else { throw WrongResult(description: "no vectors") }
    let shop = try ServiceShop(vectors.items, vectors.queries, depth: 200)
    let flags = ["--answer-log-max", "1GiB", "--input-log-rate", "0"]
    let clusters = [try ServiceCluster(flags: flags), try ServiceCluster(number: 1)]
    defer { for cluster in clusters { cluster.stop() } }
    for cluster in clusters {
      let client = try await cluster.client(connections: 1)
      try await cluster.serve(shop, client)
      await client.close()
    }
    var times: [[Double]] = [[], []]
    var late: [[Double]] = [[], []]
    for round in 0..<(size == .full ? 10 : 2) {
      // Each goes first as often, so that a machine that drifts drifts for both.
      for place in round % 2 == 0 ? [0, 1] : [1, 0] {
        let rate = try await clusters[place].load(
          shop, connections: connections, seconds: size == .full ? 3 : 0.3)
        times[place].append(1e6 / rate.rate)
        late[place].append(rate.p99 * 1000)
      }
    }
    // What waits is written within a moment.
    try await Task.sleep(for: .seconds(1))
    guard clusters[0].answerLogBytes > 0 else { throw WrongResult(description: "nothing was logged") }
    EngineBenchmark.note("\(clusters[0].answerLogBytes) bytes of the log")
    var measurement = Measurement(
      microseconds: times[0], peerMicroseconds: times[1],
      results: shop.answer(0).map { UInt32(truncatingIfNeeded: $0) })
    let more = zip(late[0], late[1]).map { $0 - $1 }
    measurement.figures = [
      .init(
        name: "p99 with the log less p99 without", value: Measurement.median(more) ?? .nan, unit: "us",
        bar: barMicroseconds)
    ]
    return measurement
  }
}
