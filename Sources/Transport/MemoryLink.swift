import Vocabulary

/// One end of a link in memory, pinned to its executor.
final class MemoryLink: ByteLink, @unchecked Sendable {
  // SAFETY: everything that changes is touched on `executor` only; the other end is reached through its executor, the
  // pipes have locks.
  let executor: any LinkExecutor
  let peerAddress: String
  private let inbound: MemoryPipe
  private let outbound: MemoryPipe
  /// Until this end is over, so that both ends live while one does, even without other references.
  private var peer: MemoryLink?
  private var receiver: (any LinkReceiver)?
  private var stage = Stage.open
  private var isPaused = false
  private var peerHasFinished = false
  private var isDeliveryPlanned = false
  private var owesDrained = false
  private var closeTimer: UInt64 = 0

  private enum Stage {
    case open
    /// `close` was called: what is queued is still leaving.
    case flushing
    /// Our end of stream is sent; the peer's is awaited.
    case lingering
    case ended
  }

  /// ECONNRESET.
  static let reset: Int32 = 104

  init(executor: any LinkExecutor, peerAddress: String, inbound: MemoryPipe, outbound: MemoryPipe) {
    self.executor = executor
    self.peerAddress = peerAddress
    self.inbound = inbound
    self.outbound = outbound
  }

  var queuedByteCount: Int { outbound.queuedByteCount }

  /// Joins two ends; before either starts.
  static func join(_ a: MemoryLink, _ b: MemoryLink) {
    a.peer = b
    b.peer = a
  }

  /// Makes the owner and begins to deliver. On the executor.
  func start(_ makeReceiver: (any ByteLink) -> any LinkReceiver) {
    receiver = makeReceiver(self)
    planDelivery()
  }

  func send(_ bytes: [UInt8]) {
    guard stage == .open, !bytes.isEmpty else { return }
    outbound.append(bytes, now: executor.clock.now())
    owesDrained = true
    tellPeer { $0.planDelivery() }
    soon { $0.flush() }
  }

  func pauseReading() { isPaused = true }

  func resumeReading() {
    isPaused = false
    planDelivery()
  }

  func close() {
    guard stage == .open else { return }
    stage = .flushing
    closeTimer = executor.schedule(at: executor.clock.now().advanced(microseconds: Self.closeMicrosecondsMax)) {
      self.abort()
    }
    soon { $0.flush() }
    planDelivery()
  }

  func abort() { fail(.closed) }

  /// Ends this end at once, and the other by a reset.
  func fail(_ end: LinkEnd) {
    guard stage != .ended else { return }
    stage = .ended
    inbound.clear()
    outbound.clear()
    if !outbound.isSilent { tellPeer { $0.peerVanished() } }
    soon { $0.release(end) }
  }

  /// The network loses everything from now on, in both directions, and tells neither end.
  func silence() {
    inbound.silence()
    outbound.silence()
  }

  /// Holds or delivers what comes in; from any thread.
  func hold(_ isHeld: Bool) {
    inbound.hold(isHeld)
    soon { $0.planDelivery() }
  }

  /// Bytes that come in from now on travel this long; from any thread.
  func delay(_ microseconds: ClosedRange<UInt64>) { inbound.delay(microseconds) }

  /// The other end is gone: a reset arrives, as soon as anything can. On the executor.
  func peerVanished() {
    if inbound.isHeld {
      inbound.reset()
    } else {
      peerReset()
    }
  }

  private func peerReset() {
    guard stage != .ended else { return }
    let end: LinkEnd = stage == .lingering ? .closed : .failed(Self.reset)
    stage = .ended
    release(end)
  }

  /// Counts bytes as sent that the kernel's twin has taken.
  private func flush() {
    guard stage == .open || stage == .flushing, queuedByteCount == 0 else { return }
    if stage == .flushing {
      outbound.finish(now: executor.clock.now())
      tellPeer { $0.planDelivery() }
      stage = .lingering
      if peerHasFinished {
        stage = .ended
        release(.closed)
      }
    } else if owesDrained {
      owesDrained = false
      receiver?.linkDrained()
    }
  }

  private func planDelivery(at instant: Instant = Instant(nanoseconds: 0)) {
    guard !isDeliveryPlanned else { return }
    isDeliveryPlanned = true
    executor.schedule(at: instant) {
      self.isDeliveryPlanned = false
      self.deliver()
    }
  }

  private func deliver() {
    guard stage != .ended, !peerHasFinished, !isPaused || stage != .open else { return }
    switch inbound.take(now: executor.clock.now()) {
    case .nothing: return
    case .notBefore(let instant): planDelivery(at: instant)
    case .cut: fail(.failed(Self.reset))
    case .bytes(let bytes):
      tellPeer { $0.flush() }
      planDelivery()
      if stage == .open { receiver?.linkReceived(bytes) }
    case .finished:
      peerHasFinished = true
      if stage == .open { receiver?.linkEnded(.peerFinished) }
      if stage == .lingering {
        stage = .ended
        release(.closed)
      }
    }
  }

  private func release(_ end: LinkEnd) {
    if closeTimer != 0 { executor.cancelTimer(closeTimer) }
    let receiver = self.receiver
    self.receiver = nil
    peer = nil
    receiver?.linkEnded(end)
  }

  private func soon(_ body: @escaping @Sendable (MemoryLink) -> Void) {
    executor.schedule(at: Instant(nanoseconds: 0)) { body(self) }
  }

  private func tellPeer(_ body: @escaping @Sendable (MemoryLink) -> Void) { peer?.soon(body) }
}
