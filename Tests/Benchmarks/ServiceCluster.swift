import Foundation
import LoadClient
import Ranking
import SocketTransport
import Telemetry
import Vocabulary
import WinnowClient

/// A coordinator and its shards as processes of the `winnowd` that lies beside this program.
final class ServiceCluster {
  /// Shards that run and belong to no cluster yet.
  let spares: [String]
  private let processes: [Process]
  private let directory: URL
  private let hasSecrets: Bool
  let address: String
  /// Where nodes answer HTTP, the coordinator last; empty: they do not.
  let adminAddresses: [String]

  /// - Parameters:
  ///   - hasAdmin: Whether nodes answer HTTP.
  ///   - isDurable: Whether shards keep items on disk.
  ///   - niceness: By how much shards give way to the coordinator and to this process.
  ///   - flags: More of the coordinator's.
  ///   - number: Of two clusters at a time the second has 1.
  ///   - secrets: Of a cluster under TLS, whose clients prove a key; `nil`: its links are plain.
  init(
    shards: Int = 2, spares: Int = 0, isDurable: Bool = false, niceness: Int = 0, hasAdmin: Bool = false,
    flags: [String] = [], number: Int = 0, secrets: BenchmarkAuthority? = nil
  ) throws {
    let base = 21_000 + Int(ProcessInfo.processInfo.processIdentifier) % 4000 * 10 + 5 * number
    let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("winnowd")
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("winnow-service-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try secrets?.write(to: directory.appendingPathComponent("tls"))
    hasSecrets = secrets != nil
    let addresses = (0...shards + spares).map { "127.0.0.1:\(base + $0)" }
    address = addresses[shards + spares]
    self.spares = Array(addresses[shards..<shards + spares])
    let folder = directory.path
    let adminAddresses = hasAdmin ? addresses.indices.map { "127.0.0.1:\(base + addresses.count + $0)" } : []
    self.adminAddresses = adminAddresses
    func admin(_ index: Int) -> [String] { hasAdmin ? ["--admin-listen", adminAddresses[index]] : ["--no-admin"] }
    let nodes = addresses.dropLast().enumerated().map { index, address in
      ["shard", "--listen", address] + admin(index)
        + (isDurable ? ["--data-dir", "\(folder)/\(index)"] : ["--memory-only"])
    }
    let coordinator =
      [
        "coordinator", "--listen", address, "--data-dir", "\(folder)/coordinator", "--shards",
        addresses.prefix(shards).joined(separator: ","),
      ] + admin(shards + spares) + flags
    let place = directory.appendingPathComponent("tls")
    processes = try (nodes + [coordinator]).map { arguments in
      let process = Process()
      let isNice = niceness > 0 && arguments.first == "shard"
      process.executableURL = isNice ? URL(fileURLWithPath: "/usr/bin/nice") : program
      process.arguments =
        (isNice ? ["-n", "\(niceness)", program.path] : []) + arguments + ["--log-level", "error"]
        + (secrets == nil ? [] : BenchmarkAuthority.flags(arguments[0], place))
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      return process
    }
  }

  func stop() {
    for process in processes { process.terminate() }
    for process in processes { process.waitUntilExit() }
    try? FileManager.default.removeItem(at: directory)
  }

  /// The nodes by name, the coordinator last.
  var nodes: [(name: String, process: Int32)] {
    processes.enumerated().map { index, process in
      (index == processes.count - 1 ? "coordinator" : "shard \(index)", process.processIdentifier)
    }
  }

  /// Bytes of the coordinator's answer log.
  var answerLogBytes: Int {
    let folder = directory.appendingPathComponent("coordinator/answers")
    let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    return files.reduce(0) { $0 + ((try? Data(contentsOf: $1).count) ?? 0) }
  }

  /// Resident memory of the coordinator.
  var memoryBytes: Int {
    guard let process = processes.last,
      let text = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .ascii),
      let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return 0 }
    return pages * 4096
  }

  func client(connections: Int) async throws -> WinnowClient {
    try WinnowClient(address: address, options: options(connections: connections))
  }

  /// Those of a client that the cluster serves.
  func options(connections: Int) -> ClientOptions {
    var options = ClientOptions()
    options.connectionCount = connections
    options.timeout = .seconds(20)
    options.writeTimeout = .seconds(60)
    if hasSecrets { BenchmarkAuthority.secure(&options, directory.appendingPathComponent("tls")) }
    return options
  }

  /// Creates the collection and writes all items.
  ///
  /// - Returns: How long the writes took, in microseconds.
  func feed(_ shop: ServiceShop, _ client: WinnowClient) async throws -> Double {
    let clock = SystemClock()
    try await Self.create(shop.schema, client)
    let start = clock.now()
    var indices = (0..<shop.count).makeIterator()
    let feeder = Feeder(client, collection: "shop", schema: shop.schema)
    let summary = await feeder.feed { indices.next().map { Feeder.Element(tag: $0, item: shop.item($0)) } }
    guard summary.isWhole else { throw WrongResult(description: "the feed failed: \(summary)") }
    let microseconds = start.microseconds(until: clock.now())
    EngineBenchmark.note("fed \(shop.count) items in \(microseconds / 1000) ms")
    return Double(microseconds)
  }

  /// Writes all items, loads the model, and looks at three answers.
  func serve(_ shop: ServiceShop, _ client: WinnowClient) async throws {
    _ = try await feed(shop, client)
    try await loadModel(of: shop, client)
    for query in 0..<3 {
      let found = try await client.rank(shop.query(query)).results.map(\.item.rawValue)
      guard found == shop.answer(query) else { throw WrongResult(description: "query \(query) is answered wrongly") }
    }
  }

  /// Loads the model of the shop.
  private func loadModel(of shop: ServiceShop, _ client: WinnowClient) async throws {
    _ = try await client.loadModel(
      ModelFiles(manifest: shop.manifest.json, weights: shop.weights, lexicon: shop.words?.lexicon ?? []), into: "shop")
  }

  /// Creates the collection as soon as the coordinator has reached its shards.
  static func create(_ schema: CollectionSchema, _ client: WinnowClient) async throws {
    var attempts = 50
    while true {
      attempts -= 1
      do {
        _ = try await client.createCollection("shop", schema: schema)
        return
      } catch {
        guard attempts > 0 else { throw error }
      }
      try await Task.sleep(for: .milliseconds(200))
    }
  }

  /// So many queries always in flight, each on a connection of its own.
  ///
  /// - Parameter requestID: Of the query of a number; 0: the coordinator draws one.
  func load(
    _ shop: ServiceShop, connections: Int, seconds: Double,
    requestID: @escaping @Sendable (UInt64) -> UInt64 = { _ in 0 }
  ) async throws -> ServiceRate {
    let client = try await client(connections: connections)
    let plan = LoadPlan(
      mode: .closed(concurrency: connections), warmupMicroseconds: UInt64(seconds * 2e5),
      durationMicroseconds: UInt64(seconds * 1e6), seed: 1)
    let report = await LoadRun.run(plan, on: try EventLoopGroup(loopCount: 1).next()) { index in
      do {
        var query = shop.query(index)
        query.requestID = requestID(UInt64(index))
        let report = try await client.rank(query).report
        var answer = LoadAnswer()
        answer.coverage = report.coverage
        answer.isReranked = report.reranked == report.candidates
        return LoadSample(.query, .answered(answer))
      } catch { return LoadSample(.query, .failed("\(error)")) }
    }
    await client.close()
    guard report.errorCount == 0, report.uncoveredCount == 0, report.unrerankedCount == 0 else {
      throw WrongResult(description: "errors \(report.errors), or answers that are not whole")
    }
    func milliseconds(_ percent: Double) -> Double { Double(report.queries.latency.percentile(percent) ?? 0) / 1000 }
    return ServiceRate(rate: report.answersPerSecond, p50: milliseconds(50), p99: milliseconds(99))
  }
}
