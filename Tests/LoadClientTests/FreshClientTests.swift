import SocketTransport
import Testing
import Transport
import Vocabulary
import WinnowClient
import Wire

/// Clients over real sockets, whose calls come from tasks of their own.
struct FreshClientTests {
  private struct Handler: RequestHandler {
    let identity = NodeIdentity(role: .coordinator, clusterID: Bytes16(low: 1, high: 1), epoch: Epoch(1))
    let servedOpcodes: OpcodeSet = []

    nonisolated(nonsending) func handle(_ request: InboundRequest) async -> Outcome {
      .failure(WireError(.unknownOpcode))
    }
  }

  /// A call that comes while the connection comes up once waited for its deadline, one time in six.
  @Test func firstCallOfAClientIsNotLost() async throws {
    let loops = try EventLoopGroup(loopCount: 1)
    let memory = RequestMemory(byteCountMax: 1 << 20)
    let listener = try await SocketNetwork(group: loops).listen("127.0.0.1:0") { link in
      let connection = ServerConnection(
        link: link, handler: Handler(), configuration: ServerConfiguration(), memory: memory, caller: CallerID(1),
        random: SystemRandom()
      ) { _, _, _ in }
      connection.start()
      return connection
    }
    for _ in 0..<40 {
      let client = try WinnowClient(address: listener.address)
      #expect(try await client.echo([1, 2, 3], timeout: .seconds(60)) == [1, 2, 3])
      await client.close()
    }
    await listener.close()
    await loops.shutdown()
  }
}
