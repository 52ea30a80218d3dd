package import Transport
import Vocabulary
package import Wire

/// A coordinator that answers what a test says, behind the real framing on a network in memory.
package final class ScriptedServer: RequestHandler {
  /// What becomes of a request, the count of which is from 1.
  package typealias Script = @Sendable (_ request: InboundRequest, _ count: Int) async -> Outcome

  /// Where it listens.
  package static let address = "server:7700"

  package let identity = NodeIdentity(role: .coordinator, clusterID: Bytes16(low: 7, high: 7), epoch: Epoch(1))
  package let servedOpcodes: OpcodeSet = [
    .rank, .get, .collectionCreate, .collectionDescribe, .collectionDrop, .generation, .modelLoad, .modelDescribe,
    .upsert, .update, .delete,
    .feed, .status, .shardMap, .metrics,
  ]
  private let script: Script
  private let counted = Lock(0)

  package init(_ script: @escaping Script) { self.script = script }

  /// Requests that have arrived.
  package var count: Int { counted.withLock { $0 } }

  package nonisolated(nonsending) func handle(_ request: InboundRequest) async -> Outcome {
    let count = counted.withLock { count in
      count += 1
      return count
    }
    return await script(request, count)
  }

  /// Runs a test against a server with this script, in virtual time.
  package static func run<Value: Sendable>(
    _ script: @escaping Script,
    body: @escaping @Sendable (MemoryNetwork, ScriptedServer, ManualExecutor) async throws -> Value
  ) throws -> Value {
    let executor = ManualExecutor()
    let network = MemoryNetwork(executor: executor, random: SeededRandomSource(seed: 1))
    let server = ScriptedServer(script)
    return try executor.run {
      let memory = RequestMemory(byteCountMax: 1 << 28)
      let listener = try await network.listen(address) { link in
        let connection = ServerConnection(
          link: link, handler: server, configuration: ServerConfiguration(), memory: memory, caller: CallerID(1),
          random: SeededRandomSource(seed: 1)
        ) { _, _, _ in }
        connection.start()
        return connection
      }
      let value = try await body(network, server, executor)
      await listener.close()
      return value
    }
  }

  /// The answer to a query that found nothing: the smallest that there is.
  package static func emptyAnswer(_ report: RankReport = RankReport()) -> RankResponse {
    RankResponse(
      results: RankResults(
        isExact: true, isRanked: false, rerankedCount: 0, ids: [], retrievalScores: [], logits: [],
        attributes: AttributeTable(rowCount: 0, strings: [], columns: [])), report: report)
  }
}
