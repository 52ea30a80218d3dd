import LoadClient
import SocketTransport
import Support
import Telemetry
import Vocabulary
import WinnowClient

/// Queries of two shards of two members while one of the members is slow with a tenth of its replies.
enum HedgeBenchmark {
  private static let rate = 100.0
  private static let slow = 1

  @Sendable static func run(_ size: BenchmarkSize) async throws -> Measurement {
    let isFull = size == .full
    let loops = try EventLoopGroup(loopCount: 1)
    let replies = try await SlowReplies(to: MemberCluster.memberAddress(slow), loops)
    async let handing: Void = replies.run()
    let cluster = try MemberCluster(fronts: [slow: replies.address])
    defer { cluster.stop() }
    try await cluster.start()
    let client = try cluster.client(connections: 4)
    let load = try await GrowthLoad(filling: GrowthShop(count: isFull ? 100_000 : 2000), client)
    try await cluster.waitUntilInSync(client)
    let seconds = isFull ? 20.0 : 1
    _ = try await ask(load, client, seconds: seconds / 2)
    var (healthy, beside): ([Double], [Double]) = ([], [])
    var (hedges, queries) = (0.0, 0.0)
    for _ in 0..<(isFull ? 3 : 1) {
      healthy.append(try await ask(load, client, seconds: seconds).p99)
      let before = try await hedgeCount(client)
      replies.isSlow = true
      let found = try await ask(load, client, seconds: seconds)
      replies.isSlow = false
      hedges += try await hedgeCount(client) - before
      queries += found.count
      beside.append(found.p99)
    }
    let held = replies.heldCount
    EngineBenchmark.note("\(held) replies were held back, \(Int(hedges)) searches asked of one more member")
    guard held > 0 else { throw WrongResult(description: "no reply was held back") }
    await client.close()
    await replies.stop()
    await handing
    await loops.shutdown()
    var measurement = Measurement(microseconds: beside, peerMicroseconds: healthy, results: load.fingerprint)
    measurement.figures = [
      // Each query is a search of each of the two shards.
      .init(name: "searches asked of one more member", value: 100 * hedges / (2 * queries), unit: "%", bar: 5)
    ]
    return measurement
  }

  /// Queries at a fixed rate, each answered as it was at rest.
  private static func ask(
    _ load: GrowthLoad, _ client: WinnowClient, seconds: Double
  ) async throws -> (p99: Double, count: Double) {
    let plan = LoadPlan(
      mode: .open(rate: LoadRate(rate), arrivals: .poisson), warmupMicroseconds: 0,
      durationMicroseconds: UInt64(seconds * 1e6), seed: 7)
    let report = await LoadRun.run(plan, on: try EventLoopGroup(loopCount: 1).next()) { index in
      let number = 2 * index % (2 * GrowthShop.queryCount)
      do {
        let answer = try await client.rank(load.shop.query(number))
        guard answer.report.isComplete, answer.results == load.reference[number] else {
          return LoadSample(.query, .failed("query \(number) has another answer"))
        }
        return LoadSample(.query, .answered(LoadAnswer()))
      } catch { return LoadSample(.query, .failed("\(error)")) }
    }
    guard report.errorCount == 0 else { throw WrongResult(description: "failed: \(report.errors)") }
    return (Double(report.queries.latency.percentile(99) ?? 0), Double(report.queries.latency.count))
  }

  private static func hedgeCount(_ client: WinnowClient) async throws -> Double {
    try await client.metrics().split(separator: "\n").filter { $0.hasPrefix("winnow_hedges_total") }
      .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
  }
}
