import CoordinatorNode
import Metadata
import Placement
import ShardNode
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// A coordinator and its shards, which it asks without a connection between them: what is measured is the nodes alone.
///
/// Both have a server, whose traffic STATUS and METRICS show.
struct PolledCluster: Sendable {
  let executor: ManualExecutor
  let coordinator: Coordinator
  let shards: [ShardNode]
  private let network: MemoryNetwork

  /// A shard behind no connection.
  private struct DirectCaller: ShardCaller {
    let shard: ShardNode
    let clock: any MonotonicClock

    var presence: ShardPresence { .up(shard.identity) }
    var traffic: Traffic { get async { Traffic() } }

    func start() async {}

    func stop() async {}

    func call(_ request: OutboundRequest) async throws(CallError) -> ShardReply {
      let body = request.body
      let outcome = await shard.handle(
        InboundRequest(
          opcode: request.opcode, bodyVersion: body.version, body: body.bytes[...], arrival: clock.now(),
          deadline: request.deadline, epoch: request.epoch, peerRole: .coordinator))
      switch outcome {
      case .reply(let reply):
        return ShardReply(ReplyMessage(body: reply.bytes[...]), incarnation: shard.identity.incarnation)
      case .failure(let error): throw .refused(error)
      }
    }
  }

  /// Makes a cluster, perhaps with a small shop, and gives it to a test.
  static func run<Value: Sendable>(
    hasShop: Bool, _ body: @escaping @Sendable (PolledCluster) async throws -> Value
  ) throws -> Value {
    let executor = ManualExecutor()
    return try executor.run {
      let cluster = try await PolledCluster(executor)
      if hasShop { try await cluster.openShop() }
      return try await body(cluster)
    }
  }

  private init(_ executor: ManualExecutor) async throws {
    let network = MemoryNetwork(executor: executor, random: SeededRandomSource(seed: 1))
    let shards = (0..<2).map { index in
      ShardNode(clock: executor.clock, random: SeededRandomSource(seed: UInt64(100 + index)), compute: executor)
    }
    let directory = try DataDirectory("/data", on: MemoryDisk())
    let coordinator = try await Coordinator(
      .init(),
      .init(
        timers: executor, random: SeededRandomSource(seed: 2), compute: executor, directory: directory,
        metadata: try FileMetadataStore(directory)), shards: TestCluster.addresses(shards.count)
    ) { shard, _ in DirectCaller(shard: shards[Int(shard.id.rawValue)], clock: executor.clock) }
    (self.executor, self.coordinator, self.shards, self.network) = (executor, coordinator, shards, network)
    for (index, shard) in shards.enumerated() {
      let server = try await Server.listen(
        "shard:\(index + 1)", over: network, handler: shard, random: SeededRandomSource(seed: 3))
      shard.standing.withLock { $0.server = server }
    }
    let server = try await Server.listen(
      "coordinator:1", over: network, handler: coordinator, random: SeededRandomSource(seed: 4))
    coordinator.show(server)
    let reached = await coordinator.greetAll()
    #expect(reached == shards.count)
  }

  private func openShop() async throws {
    await ask(CollectionCreateRequest(name: "shop", schema: try #require(TestCluster.schema)))
    await ask(try TestCluster.upsert(TestCluster.items(20)))
    for request in TestCluster.requests(try TestCluster.model(seed: 7), upload: 77) { await ask(request) }
  }

  /// Asks the coordinator.
  ///
  /// - Parameter refusal: What it must be refused with; `nil`: it must be answered.
  func ask<Request: RequestMessage>(_ request: Request, _ refusal: ErrorCode? = nil) async {
    let body = request.body
    let code = await Self.code(Request.opcode, body.bytes, version: body.version, coordinator, executor.clock)
    if code != refusal { Issue.record("\(Request.opcode.name): \(code?.name ?? "OK")") }
  }

  /// Asks the coordinator with any bytes; whatever is said, it must be an answer.
  func ask(_ opcode: Opcode, _ body: [UInt8], refusal: ErrorCode?) async {
    let code = await Self.code(opcode, body, coordinator, executor.clock)
    if refusal.map({ code != $0 }) ?? (code == nil) { Issue.record("\(opcode.name): \(code?.name ?? "OK")") }
  }

  /// Asks the first shard.
  func askShard<Request: RequestMessage>(_ request: Request) async {
    let code = await Self.code(Request.opcode, request.body.bytes, shards[0], executor.clock)
    if let code { Issue.record("\(Request.opcode.name): \(code.name)") }
  }

  /// Opens a connection to the coordinator, asks over it and closes it.
  func connect() async throws {
    let deadline = executor.clock.now().advanced(microseconds: 1_000_000)
    let client = try await ClientConnection.open(
      "coordinator:1", over: network, configuration: ClientConfiguration(identity: NodeIdentity(role: .client)),
      random: SeededRandomSource(seed: 6), deadline: deadline)
    _ = try await client.call(OutboundRequest(.shardMap, body: ShardMapRequest(.read).body, deadline: deadline))
    await client.close()
  }

  private static func code(
    _ opcode: Opcode, _ body: [UInt8], version: UInt16? = nil, _ node: any RequestHandler,
    _ clock: any MonotonicClock
  ) async -> ErrorCode? {
    let now = clock.now()
    let outcome = await node.handle(
      InboundRequest(
        opcode: opcode, bodyVersion: version, body: body[...], arrival: now,
        deadline: now.advanced(microseconds: 1_000_000)))
    if case .failure(let error) = outcome { return error.code }
    return nil
  }
}
