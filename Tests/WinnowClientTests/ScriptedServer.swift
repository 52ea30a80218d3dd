import Transport
import Vocabulary
import Wire

@testable import WinnowClient

/// A coordinator that answers what a test says, behind the real framing on a network in memory.
final class ScriptedServer: RequestHandler {
  typealias Script = @Sendable (_ request: InboundRequest, _ count: Int) async -> Outcome

  let identity = NodeIdentity(role: .coordinator, clusterID: Bytes16(low: 7, high: 7), epoch: Epoch(1))
  let servedOpcodes: OpcodeSet = [
    .rank, .get, .collectionCreate, .collectionDescribe, .collectionDrop, .generation, .modelLoad, .modelDescribe,
    .upsert, .delete,
    .feed, .status, .shardMap, .metrics,
  ]
  private let script: Script
  private let counted = Lock(0)

  init(_ script: @escaping Script) { self.script = script }

  /// Requests that have arrived.
  var count: Int { counted.withLock { $0 } }

  nonisolated(nonsending) func handle(_ request: InboundRequest) async -> Outcome {
    let count = counted.withLock { count in
      count += 1
      return count
    }
    return await script(request, count)
  }

  /// Runs a test against a server with this script, in virtual time.
  static func run<Value: Sendable>(
    _ script: @escaping Script, options: ClientOptions = ClientOptions(),
    body: @escaping @Sendable (WinnowClient, ScriptedServer, ManualExecutor) async throws -> Value
  ) throws -> Value {
    let executor = ManualExecutor()
    let network = MemoryNetwork(executor: executor, random: Draws())
    let server = ScriptedServer(script)
    return try executor.run {
      let budget = MemoryBudget(byteCountMax: 1 << 28)
      let listener = try await network.listen("server:7700") { link in
        let connection = ServerConnection(
          link: link, handler: server, configuration: ServerConfiguration(), budget: budget, random: Draws()
        ) { _, _, _ in }
        connection.start()
        return connection
      }
      let caller = PooledCaller(
        address: "server:7700", options: options, network: network, executor: executor, random: Draws())
      let client = WinnowClient(
        address: "server:7700", options: options, caller: caller, executor: executor, random: Draws())
      let value = try await body(client, server, executor)
      await client.close()
      await listener.close()
      return value
    }
  }
}

/// A fixed sequence of numbers.
final class Draws: RandomSource {
  private let state = Lock<UInt64>(1)

  func next() -> UInt64 {
    state.withLock { state in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state
    }
  }
}
