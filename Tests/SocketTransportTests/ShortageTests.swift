import Glibc
import Synchronization
import SocketTransport
import Support
import Telemetry
import Testing
import Transport
import Vocabulary
import Wire

/// Answers METRICS at once, and STATUS when a test lets it.
private struct HoldingNode: RequestHandler {
  static let isOver = Atomic(false)

  let identity = NodeIdentity(role: .coordinator)
  let servedOpcodes: OpcodeSet = [.metrics, .status]

  nonisolated(nonsending) func handle(_ request: InboundRequest) async -> Outcome {
    while request.opcode == .status, !Self.isOver.load(ordering: .relaxed) {
      try? await Task.sleep(for: .milliseconds(10))
    }
    return .reply(MetricsResponse(text: "").body)
  }
}

/// Takes every descriptor that the process may still open.
private func takeAllDescriptors() -> [Int32] {
  var taken: [Int32] = []
  while case let descriptor = open("/dev/null", O_RDONLY), descriptor >= 0 { taken.append(descriptor) }
  return taken
}

private func openDescriptorCount() -> Int { (0..<1024).count { fcntl($0, F_GETFD) >= 0 } }

private func limitDescriptors(to count: UInt) {
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  limit.rlim_cur = count
  setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

@Suite(.timeLimit(.minutes(2)))
struct ShortageTests {
  @Test func withoutDescriptorsNewcomersAreTurnedAwayAndOldLinksLive() async {
    await #expect(processExitsWith: .success) {
      limitDescriptors(to: 128)
      let network = SocketNetwork(group: try EventLoopGroup(loopCount: 1))
      let listener = try await network.listen("127.0.0.1:0") { EchoPeer($0) }
      let old = try await network.record(listener.address, clock: SystemClock())
      await old.send([1])
      await old.waitFor(byteCount: 1)
      // Made beforehand: one that is freed for a newcomer may be taken by the runtime first.
      let newcomers = (0..<3).map { _ in RawSocket.unconnected() }
      let taken = takeAllDescriptors() + newcomers
      for descriptor in newcomers {
        precondition(RawSocket(port: listener.address, ready: descriptor).readToEnd().isEmpty)
      }
      await old.send([2])
      await old.waitFor(byteCount: 2)
      for descriptor in taken { close(descriptor) }
      let new = try await network.record(listener.address, clock: SystemClock())
      await new.send([3])
      await new.waitFor(byteCount: 1)
      exit(0)
    }
  }

  @Test func connectionsLeaveAReserveOfDescriptors() async {
    await #expect(processExitsWith: .success) {
      limitDescriptors(to: 128)
      let network = SocketNetwork(group: try EventLoopGroup(loopCount: 1))
      let listener = try await network.listen("127.0.0.1:0") { EchoPeer($0) }
      let old = try await network.record(listener.address, clock: SystemClock())
      // Both ends are here: the accepted one has a number below 112, or is closed.
      let crowd = (0..<56).map { _ in RawSocket(port: listener.address) }
      for _ in 0..<500 where network.turnedAway.value < 4 { try await Task.sleep(for: .milliseconds(10)) }
      precondition(network.turnedAway.value >= 4)
      await old.send([1])
      await old.waitFor(byteCount: 1)
      for socket in crowd { socket.close() }
      for _ in 0..<500 where openDescriptorCount() > 40 { try await Task.sleep(for: .milliseconds(10)) }
      let new = try await network.record(listener.address, clock: SystemClock())
      await new.send([3])
      await new.waitFor(byteCount: 1)
      exit(0)
    }
  }

  /// Idle clients make room, the longest idle first: who comes is served, and one that waits for an answer stays.
  @Test func idleClientsMakeRoomForNewcomers() async {
    await #expect(processExitsWith: .success) {
      limitDescriptors(to: 128)
      let group = try EventLoopGroup(loopCount: 1)
      let network = SocketNetwork(group: group)
      var configuration = ServerConfiguration()
      configuration.idleMicrosecondsMin = 0
      let server = try await Server.listen(
        "127.0.0.1:0", over: network, handler: HoldingNode(), configuration: configuration, random: SystemRandom())
      func connect(_ role: NodeRole = .client) async throws -> ClientConnection {
        let connection = try await ClientConnection.open(
          server.address, over: network, configuration: ClientConfiguration(identity: NodeIdentity(role: role)),
          random: SystemRandom(), deadline: group.loops[0].clock.now().advanced(microseconds: 60_000_000))
        _ = try await connection.ready()
        return connection
      }
      func ask(_ connection: ClientConnection, _ opcode: Opcode) async throws {
        let deadline = group.loops[0].clock.now().advanced(microseconds: 60_000_000)
        _ = try await connection.call(OutboundRequest(opcode, body: StatusRequest().body, deadline: deadline))
      }
      let (busy, node) = (try await connect(), try await connect(.coordinator))
      async let held: Void = ask(busy, .status)
      var crowd: [ClientConnection] = []
      // Far more than there are descriptors: each is served when it comes.
      for _ in 0..<100 {
        let connection = try await connect()
        try await ask(connection, .metrics)
        crowd.append(connection)
      }
      precondition(network.turnedAway.value == 0 && server.releasedCount > 30)
      // A node's connection, and the newest of clients, are there still; the first client's is not.
      try await ask(node, .metrics)
      try await ask(crowd[99], .metrics)
      let first: Void? = try? await ask(crowd[0], .metrics)
      precondition(first == nil)
      HoldingNode.isOver.store(true, ordering: .relaxed)
      try await held
      exit(0)
    }
  }

  @Test func aShutDownGroupLeavesNoDescriptorBehind() async {
    await #expect(processExitsWith: .success) {
      let clock = SystemClock()
      let rounds = 6
      let before = openDescriptorCount()
      for _ in 0..<rounds {
        let group = try EventLoopGroup(loopCount: 2)
        let network = SocketNetwork(group: group)
        let listener = try await network.listen("127.0.0.1:0") { EchoPeer($0) }
        for index in 0..<8 {
          let client = try await network.record(listener.address, clock: clock)
          await client.send([1])
          await client.waitFor(byteCount: 1)
          if index % 2 == 0 { await client.close() } else { await client.abort() }
          if index < 4 { await client.waitForEnd() }
        }
        await listener.close()
        _ = try? await network.record(listener.address, clock: clock)
        await group.shutdown()
      }
      // The threads let go of their loops a moment after `shutdown` has returned.
      // The runtime may have opened a few of its own at first use; a leak of ours would be one a round at least.
      for _ in 0..<200 where openDescriptorCount() >= before + rounds { try await Task.sleep(for: .milliseconds(10)) }
      precondition(openDescriptorCount() < before + rounds)
      exit(0)
    }
  }

  @Test func signalsArriveAsValuesAndBrokenPipesAreErrors() async {
    await #expect(processExitsWith: .success) {
      Signals.ignoreWriteFailures()
      let loop = try EventLoop()
      var signals = try await Signals.stream(of: [.terminate, .interrupt], on: loop).makeAsyncIterator()
      kill(getpid(), SIGTERM)
      let first = await signals.next()
      kill(getpid(), SIGINT)
      let second = await signals.next()
      precondition(first == .terminate && second == .interrupt)
      kill(getpid(), SIGPIPE)
      kill(getpid(), SIGXFSZ)
      await loop.shutdown()
      let last = await signals.next()
      precondition(last == nil)
      exit(0)
    }
  }
}
