import LoadClient
import SocketTransport
import Telemetry
import Transport
import Vocabulary
import WinnowClient
import Wire

/// What a client of 25 queries a second gets beside a connection that always has 256 queries in flight, and beside 24
/// connections with 60 MiB each of messages that never end.
enum FairnessBenchmark {
  private static let rate = 25.0
  private static let greedyInFlight = 256
  private static let unfinishedConnections = 24
  /// Of a client's connection: four messages of 15 MiB.
  private static let unfinishedMessages = 4
  private static let unfinishedBytes = 15 << 20

  @Sendable static func run(_ size: BenchmarkSize) async throws -> Measurement {
    let isFull = size == .full
    guard
      let vectors = try EngineData.factors.vectors(
        isFull ? 200_000 : 20_000, queries: ServiceBenchmark.queryCount, dimension: ServiceBenchmark.dimension)
    else { throw WrongResult(description: "no vectors") }
    let shop = try ServiceShop(vectors.items, vectors.queries, depth: 200)
    let cluster = try ServiceCluster()
    defer { cluster.stop() }
    let client = try await cluster.client(connections: 1)
    try await cluster.serve(shop, client)
    let seconds = isFull ? 40.0 : 2
    let quiet = try await victim(shop, client, seconds: seconds)
    note("alone", quiet)
    let isOver = Lock(false)
    let greedyClient = try await cluster.client(connections: 1)
    async let greedy = askGreedily(greedyClient, shop) { isOver.withLock { $0 } }
    try await Task.sleep(for: .seconds(isFull ? 2 : 0.2))
    let beside = try await victim(shop, client, seconds: seconds)
    isOver.withLock { $0 = true }
    EngineBenchmark.note(
      "\(try await greedy) answers to the connection with \(greedyInFlight) in flight meanwhile")
    note("beside \(greedyInFlight) in flight", beside)
    let before = cluster.memoryBytes
    let isEnough = Lock(false)
    let address = cluster.address
    async let unfinished = leaveUnfinished(address) { isEnough.withLock { $0 } }
    // Until all is sent; what is held ends by time after 30 s.
    try await Task.sleep(for: .seconds(isFull ? 6 : 0.2))
    let amid = try await victim(shop, client, seconds: isFull ? 20 : 2)
    let during = cluster.memoryBytes
    isEnough.withLock { $0 = true }
    let sent = try await unfinished
    note("beside \(sent >> 20) MiB of unfinished messages", amid)
    try await Task.sleep(for: .seconds(2))
    EngineBenchmark.note(
      "memory of the coordinator: \(before >> 20) MiB, \(during >> 20) MiB beside them, "
        + "\(cluster.memoryBytes >> 20) MiB after")
    await client.close()
    var measurement = Measurement(
      microseconds: [beside.p99], peerMicroseconds: [quiet.p99],
      results: (0..<3).flatMap { shop.answer($0).map { UInt32(truncatingIfNeeded: $0) } })
    measurement.figures = [
      .init(name: "without an answer beside 256 in flight", value: beside.failedPercent, unit: "%", bar: 1),
      .init(name: "without an answer beside unfinished messages", value: amid.failedPercent, unit: "%", bar: 1),
      .init(name: "p99 beside unfinished messages", value: amid.p99 / quiet.p99, unit: "× alone", bar: 3),
    ]
    return measurement
  }

  private struct Found {
    /// Microseconds from the moment at which a query was due.
    var p50, p99: Double
    var failedPercent: Double
    var errors: [String: UInt64]
  }

  private static func note(_ what: String, _ found: Found) {
    EngineBenchmark.note(
      "\(what): p50 \(Int(found.p50)) µs, p99 \(Int(found.p99)) µs, \(found.failedPercent) % without an answer "
        + "\(found.errors.isEmpty ? "" : "\(found.errors)")")
  }

  /// 25 queries a second, each with a second of time.
  private static func victim(_ shop: ServiceShop, _ client: WinnowClient, seconds: Double) async throws -> Found {
    let plan = LoadPlan(
      mode: .open(rate: LoadRate(rate), arrivals: .poisson), warmupMicroseconds: 200_000,
      durationMicroseconds: UInt64(seconds * 1e6), seed: 3)
    let report = await LoadRun.run(plan, on: try EventLoopGroup(loopCount: 1).next()) { index in
      var query = shop.query(index)
      query.timeout = .seconds(1)
      do throws(WinnowError) {
        let report = try await client.rank(query).report
        var answer = LoadAnswer()
        answer.coverage = report.coverage
        answer.isReranked = report.reranked == report.candidates
        return LoadSample(.query, report.isComplete ? .answered(answer) : .failed("not whole"))
      } catch { return LoadSample(.query, .failed("\(error)")) }
    }
    let answered = Double(report.queries.latency.count)
    let failed = Double(report.errorCount)
    return Found(
      p50: Double(report.queries.latency.percentile(50) ?? 0), p99: Double(report.queries.latency.percentile(99) ?? 0),
      failedPercent: 100 * failed / max(1, answered + failed), errors: report.errors)
  }

  /// One connection that always has 256 queries in flight, each with 30 s of time, until it is over.
  private static func askGreedily(
    _ client: WinnowClient, _ shop: ServiceShop, until isOver: @escaping @Sendable () -> Bool
  ) async throws -> Int {
    let answered = Lock(0)
    await withDiscardingTaskGroup { group in
      for first in 0..<greedyInFlight {
        group.addTask {
          var index = first
          while !isOver() {
            var query = shop.query(index)
            query.timeout = .seconds(30)
            index += greedyInFlight
            if (try? await client.rank(query)) != nil {
              answered.withLock { $0 += 1 }
            } else {
              try? await Task.sleep(for: .milliseconds(10))
            }
          }
        }
      }
    }
    await client.close()
    return answered.withLock { $0 }
  }

  /// Connections that begin messages and never end them.
  ///
  /// - Returns: Bytes that were sent.
  private static func leaveUnfinished(
    _ address: String, until isOver: @escaping @Sendable () -> Bool
  ) async throws -> Int {
    let group = try EventLoopGroup(loopCount: 1)
    let network = SocketNetwork(group: group)
    let loop = group.loops[0]
    var all: [UnfinishedMessages] = []
    for _ in 0..<unfinishedConnections {
      let opened = Lock<UnfinishedMessages?>(nil)
      try await network.dial(
        address, deadline: loop.clock.now().advanced(microseconds: 5_000_000), executor: loop
      ) { link in
        let messages = UnfinishedMessages(link, count: unfinishedMessages, byteCount: unfinishedBytes)
        opened.withLock { $0 = messages }
        return messages
      }
      if let messages = opened.withLock({ $0 }) { all.append(messages) }
    }
    for messages in all { loop.schedule(at: loop.clock.now()) { messages.begin() } }
    while !isOver() { try? await Task.sleep(for: .milliseconds(100)) }
    for messages in all { loop.schedule(at: loop.clock.now()) { messages.end() } }
    try? await Task.sleep(for: .milliseconds(100))
    return all.reduce(0) { $0 + $1.sentBytes }
  }
}
