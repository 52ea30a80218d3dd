import SocketTransport
import Transport
import Vocabulary
import Wire

/// A place before a member that hands on every byte, and holds a tenth of its answers to SEARCH back for 200 ms while it is
/// told to be slow; what comes behind them passes them.
final class SlowReplies: Sendable {
  private struct State {
    var isSlow = false
    var heldCount = 0
    var listener: (any NetworkListener)?
  }

  let address: String
  private let upstream: String
  private let network: SocketNetwork
  private let state = Lock(State())
  private let ways: AsyncStream<Way>
  private let newWays: AsyncStream<Way>.Continuation

  init(to upstream: String, _ loops: EventLoopGroup) async throws {
    self.upstream = upstream
    network = SocketNetwork(group: loops)
    let (ways, newWays) = AsyncStream.makeStream(of: Way.self)
    (self.ways, self.newWays) = (ways, newWays)
    let listener = try await network.listen("127.0.0.1:0") { link in
      let way = Way(from: link)
      newWays.yield(way)
      return way
    }
    address = listener.address
    state.withLock { $0.listener = listener }
  }

  /// Reaches the member for each one who comes, until it is stopped.
  func run() async {
    for await way in ways {
      let deadline = SystemClock().now().advanced(microseconds: 1_000_000)
      do {
        try await network.dial(upstream, deadline: deadline, executor: way.link.executor) { link in
          way.join(link)
          return WayBack(from: link, to: way.link) { self.holds($0) }
        }
      } catch { way.link.executor.schedule(at: SystemClock().now()) { way.link.abort() } }
    }
  }

  private func holds(_ requestID: UInt64) -> Bool {
    state.withLock { state in
      guard state.isSlow, Self.isHeld(requestID) else { return false }
      state.heldCount += 1
      return true
    }
  }

  /// A tenth, mixed well.
  private static func isHeld(_ requestID: UInt64) -> Bool { (requestID &* SplitMix64.step) >> 32 % 10 == 0 }

  var isSlow: Bool {
    get { state.withLock { $0.isSlow } }
    set { state.withLock { $0.isSlow = newValue } }
  }

  /// Frames that were held back so far.
  var heldCount: Int { state.withLock { $0.heldCount } }

  func stop() async {
    newWays.finish()
    await state.withLock { $0.listener }?.close()
  }

  /// From one who asks to the member.
  private final class Way: LinkReceiver {
    private struct State {
      var target: (any ByteLink)?
      var waiting: [UInt8] = []
      var hasEnded = false
    }

    let link: any ByteLink
    private let state = Lock(State())

    init(from link: any ByteLink) { self.link = link }

    /// The member is reached.
    func join(_ target: any ByteLink) {
      let (waiting, hasEnded) = state.withLock { state in
        state.target = target
        defer { state.waiting = [] }
        return (state.waiting, state.hasEnded)
      }
      if !waiting.isEmpty { target.send(waiting) }
      if hasEnded { target.abort() }
    }

    func linkReceived(_ bytes: [UInt8]) {
      let target = state.withLock { state in
        if state.target == nil { state.waiting += bytes }
        return state.target
      }
      target?.send(bytes)
    }

    func linkDrained() {}

    func linkEnded(_ end: LinkEnd) {
      let target = state.withLock { state in
        state.hasEnded = true
        return state.target
      }
      target?.abort()
      if end == .peerFinished { link.abort() }
    }
  }

  /// From the member to the one who asks, frame by frame.
  private final class WayBack: LinkReceiver {
    private static let holdMicroseconds: UInt64 = 200_000

    private let link: any ByteLink
    private let target: any ByteLink
    private let isHeld: @Sendable (UInt64) -> Bool
    private let rest = Lock([UInt8]())

    init(from link: any ByteLink, to target: any ByteLink, isHeld: @escaping @Sendable (UInt64) -> Bool) {
      (self.link, self.target, self.isHeld) = (link, target, isHeld)
    }

    func linkReceived(_ bytes: [UInt8]) {
      let frames = rest.withLock { rest in
        rest += bytes
        return Self.takeFrames(&rest)
      }
      let target = target
      for (frame, header) in frames {
        guard header.opcode == .search, isHeld(header.requestID) else {
          target.send(frame)
          continue
        }
        target.executor.schedule(at: target.executor.clock.now().advanced(microseconds: Self.holdMicroseconds)) {
          target.send(frame)
        }
      }
    }

    private static func takeFrames(_ rest: inout [UInt8]) -> [(bytes: [UInt8], header: FrameHeader)] {
      var frames: [(bytes: [UInt8], header: FrameHeader)] = []
      var start = 0
      while rest.count - start >= FrameHeader.byteCount,
        let header = try? FrameHeader(from: rest[start..<start + FrameHeader.byteCount])
      {
        let end = start + FrameHeader.byteCount + max(0, header.payloadByteCount)
        guard end <= rest.count else { break }
        frames.append((Array(rest[start..<end]), header))
        start = end
      }
      rest.removeFirst(start)
      return frames
    }

    func linkDrained() {}

    func linkEnded(_ end: LinkEnd) {
      target.abort()
      if end == .peerFinished { link.abort() }
    }
  }
}
