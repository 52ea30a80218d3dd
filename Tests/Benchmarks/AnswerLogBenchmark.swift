import CoordinatorNode
import Foundation
import Vocabulary
import WinnowClient

/// What it costs to log all answers: one cluster, under load in turn by queries that are all logged and by queries of
/// which none is.
enum AnswerLogBenchmark {
  private static let connections = 8
  /// Of p99, more than without.
  private static let barMicroseconds = 100.0
  /// Of the coordinator's work for an answer.
  private static let barShare = 0.03
  private static let flags = ["--answer-log-max", "1GiB", "--answer-log-rate", "0.5", "--input-log-rate", "0"]

  static func cost(_ size: BenchmarkSize) async throws -> Measurement {
    let count = size == .full ? 200_000 : 20_000
    guard
      let vectors = try EngineData.factors.vectors(
        count, queries: ServiceBenchmark.queryCount, dimension: ServiceBenchmark.dimension)
    else { throw WrongResult(description: "no vectors") }
    let shop = try ServiceShop(vectors.items, vectors.queries, depth: 200)
    let cluster = try ServiceCluster(flags: flags)
    defer { cluster.stop() }
    let client = try await cluster.client(connections: 1)
    try await cluster.serve(shop, client)
    await client.close()
    let seconds = size == .full ? 2 : 0.3
    var rounds: [Bool: [Round]] = [:]
    for number in 0..<(size == .full ? 40 : 2) {
      // Each goes first as often, so that a machine that drifts drifts for both.
      for isLogged in number % 2 == 0 ? [true, false] : [false, true] {
        rounds[isLogged, default: []].append(try await round(cluster, shop, number, isLogged, seconds))
      }
    }
    // What waits is written within a moment.
    try await Task.sleep(for: .seconds(1))
    guard cluster.answerLogBytes > 0 else { throw WrongResult(description: "nothing was logged") }
    EngineBenchmark.note("\(cluster.answerLogBytes) bytes of the log")
    let (logged, other) = (rounds[true] ?? [], rounds[false] ?? [])
    var measurement = Measurement(
      microseconds: logged.map(\.microseconds), peerMicroseconds: other.map(\.microseconds),
      results: shop.answer(0).map { UInt32(truncatingIfNeeded: $0) })
    let pairs = Array(zip(logged, other))
    measurement.figures = [
      .init(
        name: "more of p99", pairs.map { $0.p99 - $1.p99 }, unit: "us", bar: barMicroseconds),
      .init(
        name: "share more of the coordinator's work", pairs.map { $0.worked / $1.worked - 1 }, unit: "", bar: barShare),
    ]
    return measurement
  }

  /// What one load has found, in microseconds.
  private struct Round {
    /// A query's share of the time.
    let microseconds: Double
    let p99: Double
    /// What the coordinator worked for a query, whether it waited or not.
    let worked: Double
  }

  private static func round(
    _ cluster: ServiceCluster, _ shop: ServiceShop, _ number: Int, _ isLogged: Bool, _ seconds: Double
  ) async throws -> Round {
    var settings = AnswerLogSettings()
    (settings.bytesMax, settings.rate) = (1, 0.5)
    let draw = settings
    let first = UInt64(number + 1) << 32
    guard let coordinator = cluster.nodes.last?.process else { throw WrongResult(description: "no coordinator") }
    let answered = AnswerCount()
    let before = ProcessSample.workedNanoseconds(coordinator)
    let rate = try await cluster.load(shop, connections: connections, seconds: seconds) { index in
      answered.add()
      // The coordinator logs half of the ids: the next one of the half that is wanted, for both halves alike.
      return ((first + index << 8)...).first { draw.takes($0) == isLogged } ?? 1
    }
    let worked = ProcessSample.workedNanoseconds(coordinator) - before
    return Round(
      microseconds: 1e6 / rate.rate, p99: rate.p99 * 1000, worked: worked / 1000 / Double(max(answered.value, 1)))
  }
}

/// A count of many tasks.
private final class AnswerCount: Sendable {
  private let count = Lock(0)

  func add() { count.withLock { $0 += 1 } }

  var value: Int { count.withLock { $0 } }
}
