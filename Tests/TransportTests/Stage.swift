import Support
import Testing
import Transport
import Vocabulary
import Wire

/// A handler that does what a test wants with each request.
struct ScriptedHandler: RequestHandler {
  var identity = NodeIdentity(
    role: .shard, clusterID: Bytes16(low: 1, high: 2), incarnation: Bytes16(low: 3, high: 4), epoch: Epoch(5),
    program: "test-server 1")
  var servedOpcodes: OpcodeSet = [.rank, .search, .upsert, .status]
  var script: @Sendable (InboundRequest) async -> Outcome = { .reply(MessageBody(Array($0.body))) }

  func handle(_ request: InboundRequest) async -> Outcome { await script(request) }
}

/// A server and clients on a network in memory, on one executor that runs by hand.
struct Stage: Sendable {
  let executor: ManualExecutor
  let network: MemoryNetwork
  let random = SeededRandomSource(seed: 7)
  let server: Server

  static let address = "shard:1"

  /// Runs a test on a fresh stage.
  static func run<Value: Sendable>(
    handler: ScriptedHandler = ScriptedHandler(), configuration: ServerConfiguration = ServerConfiguration(),
    conditions: MemoryConditions = MemoryConditions(),
    _ body: @escaping @Sendable (Stage) async throws -> Value
  ) throws -> Value {
    let executor = ManualExecutor()
    return try executor.run {
      let network = MemoryNetwork(
        executor: executor, random: SeededRandomSource(seed: 1), conditions: conditions)
      let server = try await Server.listen(
        address, over: network, handler: handler, configuration: configuration,
        random: SeededRandomSource(seed: 2))
      return try await body(Stage(executor: executor, network: network, server: server))
    }
  }

  /// A client that has been welcomed.
  func client(
    _ configuration: ClientConfiguration = ClientConfiguration(identity: NodeIdentity(role: .client)),
    observer: @escaping @Sendable (ClientConnection.Event) -> Void = { _ in }
  ) async throws -> ClientConnection {
    let connection = try await ClientConnection.open(
      Self.address, over: network, configuration: configuration, random: random, deadline: later(1_000_000),
      observer: observer)
    _ = try await connection.ready()
    return connection
  }

  /// An instant so many microseconds from now.
  func later(_ microseconds: UInt64) -> Instant { executor.clock.now().advanced(microseconds: microseconds) }

  /// Lets everything happen that is due within that time.
  func sleep(_ microseconds: UInt64 = 0) async {
    await withCheckedContinuation { continuation in
      executor.schedule(at: later(microseconds + 1)) { continuation.resume() }
    }
  }
}
