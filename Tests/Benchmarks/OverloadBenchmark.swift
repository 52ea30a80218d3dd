import Foundation
import LoadClient
import Vocabulary
import WinnowClient

/// Three times the load that a cluster can answer, between two calm stretches: how much is answered, how soon the others
/// know, and how soon it is over.
enum OverloadBenchmark {
  /// How long a query's answer is of use.
  static let patienceMicroseconds: UInt64 = 500_000
  /// Shards give way, so that the coordinator can refuse while they work.
  private static let niceness = 10
  private static let factor = 3.0

  @Sendable static func run(_ size: BenchmarkSize) async throws -> Measurement {
    let isFull = size == .full
    guard
      let vectors = try EngineData.factors.vectors(
        isFull ? 1_000_000 : 20_000, queries: ServiceBenchmark.queryCount, dimension: ServiceBenchmark.dimension)
    else { throw WrongResult(description: "no vectors") }
    let shop = try ServiceShop(vectors.items, vectors.queries, depth: isFull ? 1000 : 200)
    let cluster = try ServiceCluster(niceness: niceness)
    defer { cluster.stop() }
    let client = try await cluster.client(connections: 1)
    try await cluster.serve(shop, client)
    var reference: [[UInt64]] = []
    for query in 0..<ServiceBenchmark.queryCount {
      reference.append(try await client.rank(shop.query(query)).results.map(\.item.rawValue))
    }
    let load = try OverloadLoad(shop: shop, address: cluster.address, reference: reference)
    var peak = 0.0
    for concurrency in isFull ? [16, 32, 64] : [4] {
      let rate = try await load.closed(concurrency: concurrency, seconds: isFull ? 5 : 0.5)
      EngineBenchmark.note("\(concurrency) in flight: \(Int(rate)) answers in time a second")
      peak = max(peak, rate)
    }
    let calm = isFull ? 8.0 : 1
    let phases = [
      OverloadLoad.Phase(rate: peak / 2, seconds: calm), .init(rate: peak * factor, seconds: isFull ? 20 : 2),
      .init(rate: peak / 2, seconds: isFull ? 12 : 2),
    ]
    let tally = try await load.open(phases)
    await load.close()
    guard tally.wrongCount == 0 else {
      throw WrongResult(description: "\(tally.wrongCount) answers changed under load")
    }
    let picture = OverloadPicture(tally, peak: peak, phases: phases)
    try note(tally, picture, isFull: isFull)
    if let text = try? await client.metrics() { shed(text) }
    await client.close()
    let goodput = tally.seconds(of: 1).map { max(1, Double($0.goodCount)) }
    var measurement = Measurement(
      microseconds: goodput.map { 1e6 / $0 }, peerMicroseconds: [1e6 / peak],
      results: (0..<3).flatMap { reference[$0].map { UInt32(truncatingIfNeeded: $0) } })
    measurement.figures = [
      .init(name: "refused after, p99", value: tally.refusalP99 / 1000, unit: "ms", bar: 10),
      .init(name: "normal again after", value: tally.recoverySeconds, unit: "s", bar: 3),
      .init(
        name: "attempts after the first", value: 100 * tally.retryShare, unit: "% of the queries", bar: 10.5),
    ]
    return measurement
  }

  private static func note(_ tally: OverloadTally, _ picture: OverloadPicture, isFull: Bool) throws {
    for line in picture.text { EngineBenchmark.note(line) }
    let folder = isFull ? URL(fileURLWithPath: ".build") : FileManager.default.temporaryDirectory
    let file = folder.appendingPathComponent("overload.svg")
    try Data(picture.svg.utf8).write(to: file)
    EngineBenchmark.note("drawn in \(file.path)")
    if tally.lateShare > 0.01 {
      EngineBenchmark.note(
        String(
          format: "the load client did not keep its schedule: %.1f %% of the queries were sent over 10 ms late",
          100 * tally.lateShare))
    }
  }

  private static func shed(_ metrics: String) {
    let names = ["winnow_queries_shed_total", "winnow_queries_admitted_total", "winnow_queries_in_work_limit"]
    for line in metrics.split(separator: "\n") where names.contains(where: { line.hasPrefix($0) }) {
      EngineBenchmark.note(String(line))
    }
  }
}
