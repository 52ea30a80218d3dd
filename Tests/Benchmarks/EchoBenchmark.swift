import SocketTransport
import Transport
import Vocabulary
import Wire

/// Round trips of the ECHO request on loopback: the whole of our transport against a bare C epoll echo of as many
/// bytes, everything on one processor as in `RawEchoBenchmark`.
enum EchoBenchmark {
  private static let payload = [UInt8](repeating: 7, count: 64)

  private struct NoHandler: RequestHandler {
    let identity = NodeIdentity(role: .shard, program: "echo benchmark")
    let servedOpcodes: OpcodeSet = []

    func handle(_ request: InboundRequest) async -> Outcome { .failure(WireError(.unknownOpcode)) }
  }

  @Sendable static func run(_ size: BenchmarkSize) async throws -> Measurement {
    let port = try await RawEchoBenchmark.cServer()
    let serverLoops = try await RawEchoBenchmark.onBoundThread { try EventLoopGroup(loopCount: 1) }
    let clientLoops = try await RawEchoBenchmark.onBoundThread { try EventLoopGroup(loopCount: 1) }
    let server = try await Server.listen(
      "127.0.0.1:0", over: SocketNetwork(group: serverLoops), handler: NoHandler(), random: SystemRandom())
    let loop = clientLoops.next()
    let client = try await ClientConnection.open(
      server.address, over: SocketNetwork(group: clientLoops),
      configuration: ClientConfiguration(identity: NodeIdentity(role: .client)), random: SystemRandom(),
      deadline: SystemClock().now().advanced(microseconds: 5_000_000), executor: loop)
    _ = try await client.ready()
    let (turns, rounds) = size == .full ? (20, 2000) : (2, 50)
    var (ours, peer): ([Double], [Double]) = ([], [])
    for _ in 0..<turns {
      peer += try await RawEchoBenchmark.onBoundThread {
        try RawEchoBenchmark.driveC(port, byteCount: FrameHeader.byteCount + payload.count, rounds: rounds)
      }
      // Without this a continuation resumes by way of the global pool.
      ours += try await withTaskExecutorPreference(loop) { try await drive(client, rounds: rounds) }
    }
    await client.close()
    await server.close()
    await clientLoops.shutdown()
    await serverLoops.shutdown()
    return Measurement(microseconds: ours, peerMicroseconds: peer, results: [UInt32(ours.count)])
  }

  private static func drive(_ client: ClientConnection, rounds: Int) async throws -> [Double] {
    let clock = SystemClock()
    var microseconds: [Double] = []
    for _ in 0..<rounds {
      let start = clock.now()
      let reply = try await client.call(.echo, body: MessageBody(payload), budgetMicroseconds: 1_000_000)
      microseconds.append(Double(clock.now().nanoseconds - start.nanoseconds) / 1000)
      guard reply.body.elementsEqual(payload) else { throw WrongResult(description: "the echo differs") }
    }
    return microseconds
  }
}
