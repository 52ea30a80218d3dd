import LoadClient
import Ranking
import SocketTransport
import Telemetry
import Vocabulary
import WinnowClient

/// What shoppers do, through a coordinator to a shard, on disk before it is acknowledged.
enum EventBenchmark {
  /// The time that the peer of the table, the bar, gives an event, and the answer to a single one.
  private static let barMicroseconds = (event: 10.0, answerAt99: 5000.0)

  /// Batches of 100 by 16 streams at once, the time of an event; and single events at 1,000 a second, the time of an
  /// answer.
  static func batches(_ size: BenchmarkSize) async throws -> Measurement {
    let cluster = try ServiceCluster(shards: 1, isDurable: true)
    defer { cluster.stop() }
    let client = try await cluster.client(connections: 4)
    guard let vectors = try EngineData.factors.vectors(1000, queries: 1, dimension: ServiceBenchmark.dimension) else {
      throw WrongResult(description: "no vectors")
    }
    _ = try await cluster.feed(try ServiceShop(vectors.items, vectors.queries, depth: 100), client)
    let (rounds, batches) = size == .full ? (5, 200) : (2, 5)
    let clock = SystemClock()
    var samples: [Double] = []
    for round in 1...rounds {
      let start = clock.now()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for stream in 1...UInt64(streams) {
          group.addTask { try await send(batches, of: stream, round: round, client) }
        }
        try await group.waitForAll()
      }
      let each = Double(start.microseconds(until: clock.now())) / Double(streams * batches * batch)
      EngineBenchmark.note("\(Int(1e6 / each)) events a second")
      if round > 1 { samples.append(each) }
    }
    let last = UserID(1 << 32 | UInt64((rounds + 1) * batches * batch + 1) % 10_000)
    guard let history = try await client.history(of: last, in: "shop"), !history.events.isEmpty else {
      throw WrongResult(description: "a history is missing")
    }
    let answerAt99 = try await singles(seconds: size == .full ? 10 : 0.2, client)
    await client.close()
    var measurement = Measurement(
      microseconds: samples, peerMicroseconds: samples.map { _ in barMicroseconds.event },
      results: [UInt32(rounds * batches * batch * streams)])
    measurement.figures = [
      .init(
        name: "answer to one event at 1,000/s, p99", value: answerAt99, unit: "us",
        bar: barMicroseconds.answerAt99)
    ]
    return measurement
  }

  private static let streams = 16
  private static let batch = 100

  /// Batch after batch of one stream: half of a batch is of shoppers of its own, half of all streams'.
  private static func send(_ batches: Int, of stream: UInt64, round: Int, _ client: WinnowClient) async throws {
    for op in 1...batches {
      let events = (0..<batch).map { place -> UserEvent in
        let number = UInt64((round * batches + op) * batch + place)
        let user = place % 2 == 0 ? stream << 32 | number % 10_000 : 1 << 32 | number % 10_000
        return UserEvent(.view, by: UserID(user), item: ItemID(number % 1000))
      }
      let outcome = try await client.send(
        events, to: "shop", writer: stream, op: UInt64(round * batches + op))
      guard outcome.accepted == batch, outcome.isDurable else {
        throw WrongResult(description: "a batch was not kept: \(outcome)")
      }
    }
  }

  /// Single events, 1,000 a second, whether the earlier ones are answered or not: the time from when one is due to its
  /// answer that one in a hundred exceeds.
  private static func singles(seconds: Double, _ client: WinnowClient) async throws -> Double {
    let plan = LoadPlan(
      mode: .open(rate: LoadRate(1000), arrivals: .constant), warmupMicroseconds: 100_000,
      durationMicroseconds: UInt64(seconds * 1e6), seed: 1)
    let loops = try EventLoopGroup(loopCount: 1)
    let report = await LoadRun.run(plan, on: loops.next()) { number in
      let event = UserEvent(.click, by: UserID(UInt64(number % 100)), item: ItemID(UInt64(number % 1000)))
      do {
        let outcome = try await client.send([event], to: "shop")
        return LoadSample(.query, outcome.accepted == 1 ? .answered(LoadAnswer()) : .failed("not kept: \(outcome)"))
      } catch { return LoadSample(.query, .failed("\(error)")) }
    }
    await loops.shutdown()
    guard report.errorCount == 0, report.unsentCount == 0, let answer = report.queries.latency.percentile(99) else {
      throw WrongResult(description: "events were not kept: \(report.errors)")
    }
    EngineBenchmark.note(
      "\(report.answerCount) single events, half of them within \(report.queries.latency.percentile(50) ?? 0) us, "
        + "\(report.lateCount) sent late")
    return Double(answer)
  }
}
