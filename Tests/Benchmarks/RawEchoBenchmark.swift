import CEchoPeer
import Foundation
import SocketTransport
import Transport
import Vocabulary

/// Round trips of raw bytes on loopback: our links and actors against a bare C epoll echo, both client and server.
///
/// Everything is bound to one processor, where the kernel's part is steady and ours cannot hide behind it.
enum RawEchoBenchmark {
  private static let processor: Int32 = 0
  private static let payload = [UInt8](repeating: 7, count: 64)

  @Sendable static func run(_ size: BenchmarkSize) async throws -> Measurement {
    let port = try await cServer()
    // A loop for either side, so that ours too changes threads on the way.
    let server = try await onBoundThread { try EventLoopGroup(loopCount: 1) }
    let client = try await onBoundThread { try EventLoopGroup(loopCount: 1) }
    let listener = try await SocketNetwork(group: server).listen("127.0.0.1:0") { RawEchoServer($0) }
    let (turns, rounds) = size == .full ? (20, 2000) : (2, 50)
    var (ours, peer): ([Double], [Double]) = ([], [])
    for _ in 0..<turns {
      peer += try await onBoundThread { try driveC(port, rounds: rounds) }
      ours += try await driveSwift(listener.address, rounds: rounds, client)
    }
    await client.shutdown()
    await server.shutdown()
    return Measurement(microseconds: ours, peerMicroseconds: peer, results: [UInt32(ours.count)])
  }

  /// Starts the C server on a thread that lives as long as the process.
  static func cServer() async throws -> UInt16 {
    var port: UInt16 = 0
    let listener = wl_echo_listen(&port)
    guard listener >= 0 else { throw NetworkError.system(-listener) }
    Thread.detachNewThread {
      wl_echo_pin(processor)
      wl_echo_serve(listener)
    }
    return port
  }

  static func driveC(_ port: UInt16, byteCount: Int = payload.count, rounds: Int) throws -> [Double] {
    var nanoseconds = [UInt64](repeating: 0, count: rounds)
    let status = wl_echo_drive(port, UInt32(byteCount), UInt32(rounds), &nanoseconds)
    guard status == 0 else { throw NetworkError.system(-status) }
    return nanoseconds.map { Double($0) / 1000 }
  }

  private static func driveSwift(_ address: String, rounds: Int, _ group: EventLoopGroup)
    async throws -> [Double]
  {
    let loop = group.next()
    let clock = SystemClock()
    let made = Lock<RawEchoClient?>(nil)
    let deadline = clock.now().advanced(microseconds: 5_000_000)
    try await SocketNetwork(group: group).dial(address, deadline: deadline, executor: loop) { link in
      let client = RawEchoClient(link)
      made.withLock { $0 = client }
      return client
    }
    guard let client = made.withLock({ $0 }) else { throw WrongResult(description: "no client was made") }
    // Without this a continuation resumes by way of the global pool.
    let microseconds = await withTaskExecutorPreference(loop) { await client.drive(rounds, payload) }
    guard microseconds.count == rounds else { throw WrongResult(description: "the link ended early") }
    return microseconds
  }

  /// Runs `body` on a new thread bound to the processor; threads that it starts are bound too.
  static func onBoundThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws
    -> Value
  {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        wl_echo_pin(processor)
        continuation.resume(with: Result { try body() })
      }
    }
  }
}

private actor RawEchoServer: LinkReceiver {
  private let link: any ByteLink
  nonisolated let pinned: any LinkExecutor

  init(_ link: any ByteLink) {
    self.link = link
    pinned = link.executor
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { pinned.asUnownedSerialExecutor() }

  nonisolated func linkReceived(_ bytes: [UInt8]) { assumeIsolated { $0.link.send(bytes) } }
  nonisolated func linkDrained() {}
  nonisolated func linkEnded(_ end: LinkEnd) { assumeIsolated { if end == .peerFinished { $0.link.close() } } }
}

private actor RawEchoClient: LinkReceiver {
  private let link: any ByteLink
  nonisolated let pinned: any LinkExecutor
  private var missing = 0
  private var hasEnded = false
  private var waiting: CheckedContinuation<Void, Never>?

  init(_ link: any ByteLink) {
    self.link = link
    pinned = link.executor
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { pinned.asUnownedSerialExecutor() }

  /// Sends the payload that often, each time when the last one is back.
  ///
  /// - Returns: Microseconds of each round; fewer if the link ended.
  func drive(_ rounds: Int, _ payload: [UInt8]) async -> [Double] {
    let clock = SystemClock()
    var microseconds: [Double] = []
    for _ in 0..<rounds where !hasEnded {
      let start = clock.now()
      await echo(payload)
      microseconds.append(Double(clock.now().nanoseconds - start.nanoseconds) / 1000)
    }
    link.close()
    return microseconds
  }

  private func echo(_ bytes: [UInt8]) async {
    missing = bytes.count
    link.send(bytes)
    await withCheckedContinuation { waiting = $0 }
  }

  nonisolated func linkReceived(_ bytes: [UInt8]) { assumeIsolated { $0.received(bytes.count) } }
  nonisolated func linkDrained() {}
  nonisolated func linkEnded(_ end: LinkEnd) {
    assumeIsolated {
      $0.hasEnded = true
      $0.received(.max)
    }
  }

  private func received(_ count: Int) {
    missing -= min(count, missing)
    guard missing == 0 else { return }
    waiting?.resume()
    waiting = nil
  }
}
