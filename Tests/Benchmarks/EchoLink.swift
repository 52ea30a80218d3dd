import Security
import SocketTransport
import Transport
import Vocabulary
import Wire

/// A connection to a server that answers ECHO, each end on a loop of its own, everything on one processor.
struct EchoLink {
  private struct NoHandler: RequestHandler {
    let identity = NodeIdentity(role: .coordinator, program: "echo benchmark")
    let servedOpcodes: OpcodeSet = []

    func handle(_ request: InboundRequest) async -> Outcome { .failure(WireError(.unknownOpcode)) }
  }

  private let serverLoops: EventLoopGroup
  private let clientLoops: EventLoopGroup
  private let server: Server
  private let client: ClientConnection
  private let loop: EventLoop

  /// - Parameter secrets: Of a link under TLS; `nil`: it is plain.
  init(_ secrets: BenchmarkAuthority? = nil) async throws {
    serverLoops = try await RawEchoBenchmark.onBoundThread { try EventLoopGroup(loopCount: 1) }
    clientLoops = try await RawEchoBenchmark.onBoundThread { try EventLoopGroup(loopCount: 1) }
    func network(_ group: EventLoopGroup, _ place: PeerIdentity.Place) throws -> SocketNetwork {
      guard let credentials = try secrets?.credentials(place) else { return SocketNetwork(group: group) }
      return SocketNetwork(group: group, security: NetworkSecurity { .success(credentials) })
    }
    server = try await Server.listen(
      "127.0.0.1:0", over: try network(serverLoops, .coordinator), handler: NoHandler(), random: SystemRandom())
    loop = clientLoops.next()
    client = try await ClientConnection.open(
      server.address, over: try network(clientLoops, .client("bench")),
      configuration: ClientConfiguration(identity: NodeIdentity(role: .client)), random: SystemRandom(),
      deadline: SystemClock().now().advanced(microseconds: 5_000_000), executor: loop)
    _ = try await client.ready()
  }

  func close() async {
    await client.close()
    await server.close()
    await clientLoops.shutdown()
    await serverLoops.shutdown()
  }

  /// One call after another.
  ///
  /// - Returns: Microseconds of each.
  func times(_ payload: [UInt8], rounds: Int) async throws -> [Double] {
    // Without this a continuation resumes by way of the global pool.
    try await withTaskExecutorPreference(loop) {
      let clock = SystemClock()
      var microseconds: [Double] = []
      for _ in 0..<rounds {
        let start = clock.now()
        try await call(payload)
        microseconds.append(Double(clock.now().nanoseconds - start.nanoseconds) / 1000)
      }
      return microseconds
    }
  }

  /// A number of calls always in flight.
  ///
  /// - Returns: Microseconds for each call.
  func price(_ payload: [UInt8], inFlight: Int, rounds: Int) async throws -> Double {
    try await withTaskExecutorPreference(loop) {
      let clock = SystemClock()
      let start = clock.now()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<inFlight { group.addTask { for _ in 0..<rounds { try await call(payload) } } }
        try await group.waitForAll()
      }
      return Double(clock.now().nanoseconds - start.nanoseconds) / 1000 / Double(inFlight * rounds)
    }
  }

  private func call(_ payload: [UInt8]) async throws {
    let reply = try await client.call(.echo, body: MessageBody(payload), budgetMicroseconds: 5_000_000)
    guard reply.body.elementsEqual(payload) else { throw WrongResult(description: "the echo differs") }
  }
}
