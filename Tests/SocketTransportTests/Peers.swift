import Transport
import Vocabulary

/// Sends back what it gets and closes when the peer is done; an actor pinned to its link's executor.
actor EchoPeer: LinkReceiver {
  private let link: any ByteLink
  nonisolated let pinned: any LinkExecutor

  init(_ link: any ByteLink) {
    self.link = link
    pinned = link.executor
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { pinned.asUnownedSerialExecutor() }

  nonisolated func linkReceived(_ bytes: [UInt8]) { assumeIsolated { $0.link.send(bytes) } }
  nonisolated func linkDrained() {}
  nonisolated func linkEnded(_ end: LinkEnd) { assumeIsolated { $0.ended(end) } }

  private func ended(_ end: LinkEnd) { if end == .peerFinished { link.close() } }
}

/// Keeps what it gets and lets a test wait for it.
actor RecordingPeer: LinkReceiver {
  let link: any ByteLink
  nonisolated let pinned: any LinkExecutor
  private(set) var bytes: [UInt8] = []
  private(set) var ends: [LinkEnd] = []
  private(set) var drainedCount = 0
  private var waiters: [Waiter] = []

  private struct Waiter {
    let isMet: (isolated RecordingPeer) -> Bool
    let continuation: CheckedContinuation<Void, Never>
  }

  init(_ link: any ByteLink) {
    self.link = link
    pinned = link.executor
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { pinned.asUnownedSerialExecutor() }

  nonisolated func linkReceived(_ bytes: [UInt8]) { assumeIsolated { $0.note { $0.bytes += bytes } } }
  nonisolated func linkDrained() { assumeIsolated { $0.note { $0.drainedCount += 1 } } }
  nonisolated func linkEnded(_ end: LinkEnd) { assumeIsolated { $0.note { $0.ends.append(end) } } }

  func send(_ bytes: [UInt8]) { link.send(bytes) }
  func pause() { link.pauseReading() }
  func resume() { link.resumeReading() }
  func close() { link.close() }
  func abort() { link.abort() }
  var queued: Int { link.queuedByteCount }

  func waitFor(byteCount: Int) async { await wait { $0.bytes.count >= byteCount } }
  func waitForEnd() async { await wait { $0.ends.contains { $0 != .peerFinished } } }
  func waitForPeerFinished() async { await wait { $0.ends.contains(.peerFinished) } }
  func waitForDrained() async { await wait { $0.drainedCount > 0 } }

  private func wait(_ isMet: @escaping (isolated RecordingPeer) -> Bool) async {
    if isMet(self) { return }
    await withCheckedContinuation { waiters.append(Waiter(isMet: isMet, continuation: $0)) }
  }

  private func note(_ change: (isolated RecordingPeer) -> Void) {
    change(self)
    for waiter in waiters where waiter.isMet(self) { waiter.continuation.resume() }
    waiters.removeAll { $0.isMet(self) }
  }
}

/// Peers in the order in which a listener or a dial made them.
final class Roster<Peer: Sendable>: Sendable {
  private struct State: Sendable {
    var peers: [Peer] = []
    var waiters: [(Int, CheckedContinuation<Peer, Never>)] = []
  }
  private let state = Lock(State())

  func add(_ peer: Peer) {
    state.withLock { state in
      state.peers.append(peer)
      for (index, waiter) in state.waiters where index == state.peers.count - 1 { waiter.resume(returning: peer) }
      state.waiters.removeAll { $0.0 == state.peers.count - 1 }
    }
  }

  /// Waits until there are more than `index`.
  func peer(_ index: Int = 0) async -> Peer {
    await withCheckedContinuation { continuation in
      state.withLock { state in
        if index < state.peers.count {
          continuation.resume(returning: state.peers[index])
        } else {
          state.waiters.append((index, continuation))
        }
      }
    }
  }

  var count: Int { state.withLock { $0.peers.count } }
}

extension Network {
  /// Dials and returns the recording owner of the new link.
  func record(_ address: String, within microseconds: UInt64 = 10_000_000, clock: any MonotonicClock) async throws
    -> RecordingPeer
  {
    let roster = Roster<RecordingPeer>()
    try await dial(address, deadline: clock.now().advanced(microseconds: microseconds), executor: nil) { link in
      let peer = RecordingPeer(link)
      roster.add(peer)
      return peer
    }
    return await roster.peer()
  }
}
