import CLinux
import LoadClient
import Security
import SocketTransport
import Support
import Telemetry
import Transport
import Vocabulary
import WinnowClient

/// What TLS and keys cost, and what a stranger at the port can do to those who are connected.
enum SecurityBenchmark {
  static let all: [Benchmark] = [
    Benchmark(
      name: "security-echo", what: "ECHO of 64 bytes under TLS, one in flight, all on one processor",
      peer: "the same on a plain link", bar: 1.35, run: echo),
    Benchmark(
      name: "security-service",
      what: "a query under TLS and with a key, 8 at a time, 20,000 × 64, 200 re-ranked, 2 shards",
      peer: "the same on plain links without keys", bar: 1 / 0.9, run: service),
    Benchmark(
      name: "security-handshakes", what: "a server's part of a handshake in which both sides show a certificate",
      peer: "1,429 µs: 700 a second", bar: 1, run: handshakes),
    Benchmark(
      name: "security-flood",
      what: "p99 of 100 queries/s under TLS on 20,000 × 64 while strangers begin 2,000 handshakes a second",
      peer: "the same without strangers", bar: 1.25, run: flood),
  ]

  // MARK: Links

  /// Payload, calls in flight, rounds, and the least share of the plain link's rate.
  private static let shapes = [(64, 32, 300, 0.85), (1200, 32, 300, 0.80), (64 << 10, 8, 40, 0.85)]

  private static func echo(_ size: BenchmarkSize) async throws -> Measurement {
    let links = [try await EchoLink(BenchmarkAuthority()), try await EchoLink()]
    var random = SeededRandom(seed: 20)
    let (turns, rounds) = size == .full ? (20, 2000) : (2, 50)
    let payload = random.bytes(64)
    var times: [[Double]] = [[], []]
    // Each goes first as often, so that a machine that drifts drifts for both.
    for turn in 0..<turns {
      for place in turn % 2 == 0 ? [0, 1] : [1, 0] {
        times[place] += try await links[place].times(payload, rounds: rounds)
      }
    }
    var measurement = Measurement(
      microseconds: times[0], peerMicroseconds: times[1], results: [UInt32(times[0].count)])
    for (byteCount, inFlight, most, least) in shapes {
      let payload = random.bytes(byteCount)
      var ratios: [Double] = []
      for turn in 0..<turns {
        var prices = [0.0, 0]
        for place in turn % 2 == 0 ? [0, 1] : [1, 0] {
          prices[place] = try await links[place].price(
            payload, inFlight: inFlight, rounds: size == .full ? most : 5)
        }
        ratios.append(prices[0] / prices[1])
      }
      measurement.figures.append(
        .init(
          name: "\(byteCount) bytes, \(inFlight) in flight", value: Measurement.median(ratios) ?? .nan,
          unit: "× the time of the plain link", bar: 1 / least))
    }
    for link in links { await link.close() }
    return measurement
  }

  // MARK: Service

  private static func service(_ size: BenchmarkSize) async throws -> Measurement {
    let shop = try shop()
    let clusters = [try ServiceCluster(secrets: BenchmarkAuthority()), try ServiceCluster(number: 1)]
    defer { for cluster in clusters { cluster.stop() } }
    for cluster in clusters {
      let client = try await cluster.client(connections: 1)
      try await cluster.serve(shop, client)
      await client.close()
    }
    var times: [[Double]] = [[], []]
    for round in 0..<(size == .full ? 16 : 2) {
      for place in round % 2 == 0 ? [0, 1] : [1, 0] {
        let rate = try await clusters[place].load(shop, connections: 8, seconds: size == .full ? 3 : 0.3)
        times[place].append(1e6 / rate.rate)
      }
    }
    return Measurement(
      microseconds: times[0], peerMicroseconds: times[1],
      results: shop.answer(0).map { UInt32(truncatingIfNeeded: $0) })
  }

  private static func shop() throws -> ServiceShop {
    guard
      let vectors = try EngineData.factors.vectors(
        20_000, queries: ServiceBenchmark.queryCount, dimension: ServiceBenchmark.dimension)
    else { throw WrongResult(description: "no vectors") }
    return try ServiceShop(vectors.items, vectors.queries, depth: 200)
  }

  // MARK: Handshakes

  private static func handshakes(_ size: BenchmarkSize) async throws -> Measurement {
    let secrets = try BenchmarkAuthority()
    let server = try secrets.credentials(.coordinator)
    let count = size == .full ? 2000 : 20
    let (mutual, nameless) = (try secrets.credentials(.client("bench")), try secrets.credentials(nil))
    var (both, one): ([Double], [Double]) = ([], [])
    for _ in 0..<count {
      both.append(try shakeHands(mutual, server).microseconds)
      one.append(try shakeHands(nameless, server).microseconds)
    }
    var kept: [TLSSession] = []
    kept.reserveCapacity(count)
    let before = wl_heap_bytes()
    for _ in 0..<count { kept.append(try shakeHands(mutual, server).session) }
    let bytes = Double(wl_heap_bytes() - before) / Double(kept.count)
    guard kept.allSatisfy({ $0.isOpen }) else { throw WrongResult(description: "a session is not open") }
    var measurement = Measurement(
      microseconds: both, peerMicroseconds: [1e6 / 700], results: [UInt32(both.count)])
    measurement.figures = [
      .init(
        name: "where the server alone shows one", value: Measurement.median(one) ?? .nan, unit: "µs", bar: 1e6 / 2500),
      .init(name: "memory of an open session", value: bytes / 1024, unit: "KiB", bar: 32),
    ]
    return measurement
  }

  /// A whole handshake in memory.
  ///
  /// - Returns: The server's session, and what it took the server.
  private static func shakeHands(
    _ client: TLSCredentials, _ server: TLSCredentials
  ) throws -> (session: TLSSession, microseconds: Double) {
    let (clock, seconds) = (SystemClock(), NetworkSecurity.seconds)
    let dialled = try TLSSession(client, .dialled, host: "127.0.0.1", at: seconds)
    try dialled.start()
    var start = clock.now()
    let accepted = try TLSSession(server, .accepted, at: seconds)
    var nanoseconds = clock.now().nanoseconds - start.nanoseconds
    while !(dialled.isOpen && accepted.isOpen) {
      let flight = dialled.takeOutput()
      guard !flight.isEmpty else { throw WrongResult(description: "the handshake stands still") }
      start = clock.now()
      _ = try accepted.receive(flight)
      let answer = accepted.takeOutput()
      nanoseconds += clock.now().nanoseconds - start.nanoseconds
      if !answer.isEmpty { _ = try dialled.receive(answer) }
    }
    return (accepted, Double(nanoseconds) / 1000)
  }

  // MARK: Flood

  private static func flood(_ size: BenchmarkSize) async throws -> Measurement {
    let shop = try shop()
    let secrets = try BenchmarkAuthority()
    let cluster = try ServiceCluster(secrets: secrets)
    defer { cluster.stop() }
    let client = try await cluster.client(connections: 1)
    try await cluster.serve(shop, client)
    let seconds = size == .full ? 30.0 : 1
    _ = try await p99(shop, client, seconds: seconds / 10)
    let before = cluster.memoryBytes
    let quiet = try await p99(shop, client, seconds: seconds)
    let (address, options) = (cluster.address, cluster.options(connections: 1))
    var (amid, waits, sent): ([Double], [Double], [Int]) = ([], [], [])
    for addressCount in [1, 1000] {
      let dialled = try TLSSession(
        try secrets.credentials(nil), .dialled, host: "127.0.0.1", at: NetworkSecurity.seconds)
      try dialled.start()
      let flood = HelloFlood(dialled.takeOutput(), to: cluster.address, addressCount: addressCount)
      flood.begin(perSecond: size == .full ? 2000 : 200)
      async let slowest = newcomers(address, options, seconds: seconds)
      amid.append(try await p99(shop, client, seconds: seconds))
      waits.append(try await slowest)
      EngineBenchmark.note("strangers of \(addressCount) addresses: the slowest newcomer waited \(waits.last ?? 0) ms")
      sent.append(try await flood.end())
    }
    EngineBenchmark.note(
      "p99 \(quiet) µs; beside \(sent[0]) handshakes from 1 address \(amid[0]) µs; "
        + "beside \(sent[1]) from 1,000 \(amid[1]) µs")
    // What is half open ends within five seconds.
    try await Task.sleep(for: .seconds(size == .full ? 8 : 1))
    _ = try await client.ping()
    let after = cluster.memoryBytes
    await client.close()
    guard sent.allSatisfy({ $0 > 0 }) else { throw WrongResult(description: "no flood reached the port") }
    var measurement = Measurement(
      microseconds: [amid.max() ?? .nan], peerMicroseconds: [quiet],
      results: shop.answer(0).map { UInt32(truncatingIfNeeded: $0) })
    measurement.figures = [
      .init(
        name: "the slowest newcomer of another address", value: waits.max() ?? .nan, unit: "ms until it is served",
        bar: 1000),
      .init(
        name: "memory of the coordinator that stays", value: Double(after - before) / Double(1 << 20), unit: "MiB",
        bar: 1),
    ]
    return measurement
  }

  /// 100 queries a second.
  ///
  /// - Returns: Microseconds from the moment at which a query was due.
  private static func p99(_ shop: ServiceShop, _ client: WinnowClient, seconds: Double) async throws -> Double {
    let plan = LoadPlan(
      mode: .open(rate: LoadRate(100), arrivals: .poisson), warmupMicroseconds: 200_000,
      durationMicroseconds: UInt64(seconds * 1e6), seed: 3)
    let report = await LoadRun.run(plan, on: try EventLoopGroup(loopCount: 1).next()) { index in
      do throws(WinnowError) {
        let report = try await client.rank(shop.query(index)).report
        return LoadSample(.query, report.isComplete ? .answered(LoadAnswer()) : .failed("not whole"))
      } catch { return LoadSample(.query, .failed("\(error)")) }
    }
    guard report.errorCount == 0 else { throw WrongResult(description: "errors \(report.errors)") }
    return Double(report.queries.latency.percentile(99) ?? 0)
  }

  /// Clients that come one after another, four a second; one that is turned away comes again.
  ///
  /// - Returns: The most milliseconds that one waited for its first answer.
  private static func newcomers(
    _ address: String, _ options: ClientOptions, seconds: Double
  ) async throws -> Double {
    let clock = SystemClock()
    var most = 0.0
    for _ in 0..<Int(seconds * 3) {
      try await Task.sleep(for: .milliseconds(250))
      let start = clock.now()
      while try await !isServed(address, options, mayFail: start.microseconds(until: clock.now()) < 10_000_000) {
        try await Task.sleep(for: .milliseconds(50))
      }
      most = max(most, Double(start.microseconds(until: clock.now())) / 1000)
    }
    return most
  }

  /// Whether a client that is new gets an answer.
  private static func isServed(_ address: String, _ options: ClientOptions, mayFail: Bool) async throws -> Bool {
    let client = try WinnowClient(address: address, options: options)
    let answer: Result<Void, WinnowError>
    do throws(WinnowError) { answer = .success(_ = try await client.ping()) } catch { answer = .failure(error) }
    await client.close()
    if !mayFail { try answer.get() }
    return (try? answer.get()) != nil
  }
}
