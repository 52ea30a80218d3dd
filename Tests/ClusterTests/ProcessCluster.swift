import FoundationEssentials
import SocketTransport
import Support
import Synchronization
import Testing
import Transport
import Vocabulary
import Wire

/// Three shards and a coordinator as processes on loopback.
final class ProcessCluster: Sendable {
  private struct Nodes: Sendable {
    var shards: [ProgramProcess] = []
    var coordinator: ProgramProcess?
  }

  private let nodes = Lock(Nodes())
  private let flags: [String]
  private let coordinatorFlags: [String]
  let shardAddresses: [String]
  let address: String
  let data = TemporaryDirectory()
  let loops: EventLoopGroup

  /// Runs a test on a fresh cluster; ends all processes whatever happens.
  static func run<Value>(
    shardCount: Int = 3, flags: [String] = [], coordinatorFlags: [String] = [], prefix: [String] = [],
    _ body: (ProcessCluster) async throws -> Value
  ) async throws -> Value {
    let cluster = try await ProcessCluster(
      shardCount: shardCount, flags: flags, coordinatorFlags: coordinatorFlags, prefix: prefix)
    do {
      let value = try await body(cluster)
      await cluster.end()
      return value
    } catch {
      await cluster.end()
      throw error
    }
  }

  private init(
    shardCount: Int, flags: [String], coordinatorFlags: [String], prefix: [String]
  ) async throws {
    let flags = flags + ["--threads", "1"]
    (self.flags, self.coordinatorFlags) = (flags, coordinatorFlags)
    loops = try EventLoopGroup(loopCount: 1)
    let shards = try (0..<shardCount).map { _ in
      try ProgramProcess("winnowd", ["shard", "--memory-only", "--listen", ProgramProcess.lastingAddress] + flags)
    }
    var addresses: [String] = []
    for shard in shards { addresses.append(try await shard.address()) }
    shardAddresses = addresses
    let coordinator = try ProgramProcess(
      "winnowd",
      [
        "coordinator", "--listen", ProgramProcess.lastingAddress, "--data-dir", data.path, "--shards",
        addresses.joined(separator: ","),
      ] + coordinatorFlags + flags, prefix: prefix)
    address = try await coordinator.address()
    nodes.withLock { $0 = Nodes(shards: shards, coordinator: coordinator) }
  }

  private func end() async {
    let nodes = nodes.withLock { $0 }
    for node in nodes.shards + [nodes.coordinator].compactMap({ $0 }) { node.stop() }
    await loops.shutdown()
  }

  var coordinator: ProgramProcess {
    get throws { try #require(nodes.withLock { $0.coordinator }) }
  }

  func shard(_ index: Int) -> ProgramProcess { nodes.withLock { $0.shards[index] } }

  /// Starts a shard again, empty, at its old address.
  func restartShard(_ index: Int) async throws {
    shard(index).stop()
    let shard = try ProgramProcess("winnowd", ["shard", "--memory-only", "--listen", shardAddresses[index]] + flags)
    nodes.withLock { $0.shards[index] = shard }
    _ = try await shard.address()
  }

  /// Starts the coordinator again from its data directory, at its old address.
  func restartCoordinator() async throws {
    try coordinator.stop()
    let coordinator = try ProgramProcess(
      "winnowd", ["coordinator", "--listen", address, "--data-dir", data.path] + coordinatorFlags + flags)
    nodes.withLock { $0.coordinator = coordinator }
    _ = try await coordinator.address()
  }

  // MARK: Asking

  /// A connection to the coordinator, or to another node.
  func connect(to address: String? = nil, compression: Compression = .all) async throws -> Asker {
    let loop = loops.loops[0]
    var configuration = ClientConfiguration(identity: NodeIdentity(role: .client))
    configuration.compression = compression
    let connection = try await ClientConnection.open(
      address ?? self.address, over: SocketNetwork(group: loops), configuration: configuration,
      random: SystemRandom(), deadline: loop.clock.now().advanced(microseconds: 20_000_000))
    _ = try await connection.ready()
    return Asker(connection: connection, clock: loop.clock)
  }

  /// Waits until the coordinator works on a query.
  func waitUntilAQueryIsAtWork() async throws {
    let asker = try await connect()
    for _ in 0..<1500 where try await !asker.ask(MetricsRequest()).text.contains("winnow_queries_in_work 1\n") {
      try await Task.sleep(for: .milliseconds(20))
    }
    try #require(try await asker.ask(MetricsRequest()).text.contains("winnow_queries_in_work 1\n"))
    await asker.connection.close()
  }

  /// Waits, for a bounded time, until the coordinator says of its shards what the test expects.
  func waitUntil(_ what: String, _ holds: (StatusResponse) -> Bool) async throws {
    let asker = try await connect()
    for _ in 0..<1200 {
      if let status = try? await asker.ask(StatusRequest()), holds(status) { return await asker.connection.close() }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw ProgramProcess.Unexpected(description: "never: \(what)")
  }

  /// Creates the collection `shop`, feeds all items and loads the model if there is one.
  func fill(_ shop: RandomShop) async throws {
    try await waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
    let asker = try await connect()
    for _ in 0..<1200 {
      do {
        try await asker.ask(CollectionCreateRequest(name: "shop", schema: shop.schema))
        break
      } catch CallError.refused(let error) where error.code == .noReplica {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    try await feed(shop, asker, writer: 9)
    if let model = shop.model { for request in model.loads(chunk: 100_000) { try await asker.ask(request) } }
    await asker.connection.close()
  }

  /// Feeds the whole shop and says that it is whole.
  func feed(_ shop: RandomShop, _ asker: Asker, writer: UInt64) async throws {
    let begun = try await asker.ask(FeedRequest(collection: "shop", step: .begin))
    for request in shop.upserts(batch: 500, writer: writer) {
      let response = try await asker.ask(request)
      try #require(response.statuses.allSatisfy { $0 == .inserted || $0 == .replaced })
    }
    let completed = try await asker.ask(FeedRequest(collection: "shop", step: .complete(feed: begun.feed)))
    try #require(completed.incompleteShards == 0)
  }
}

/// A connection of a test that asks.
struct Asker: Sendable {
  let connection: ClientConnection
  let clock: any MonotonicClock

  /// The body of a reply.
  func body<Request: RequestMessage>(
    _ request: Request, microseconds: UInt64 = 20_000_000, epoch: UInt32 = 0
  ) async throws -> [UInt8] {
    let outbound = OutboundRequest(
      Request.opcode, body: request.body, deadline: clock.now().advanced(microseconds: microseconds),
      epoch: Epoch(epoch))
    return Array(try await connection.call(outbound).body)
  }

  @discardableResult
  func ask<Request: RequestMessage>(
    _ request: Request, microseconds: UInt64 = 20_000_000, epoch: UInt32 = 0
  ) async throws -> Request.Reply {
    try Request.Reply(
      body: try await body(request, microseconds: microseconds, epoch: epoch), version: request.body.version)
  }
}
