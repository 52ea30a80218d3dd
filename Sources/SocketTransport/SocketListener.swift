import CLinux
import Glibc
import Telemetry
import Transport
import Vocabulary

/// A listening socket on one loop; what it accepts is dealt to the loops of the group.
final class SocketListener: NetworkListener, EventHandler, @unchecked Sendable {
  // SAFETY: everything that changes is touched on `loop`'s thread only.
  let address: String
  private let descriptor: Int32
  private let group: EventLoopGroup
  private let loop: EventLoop
  private let receiver: @Sendable (any ByteLink) -> any LinkReceiver
  private let whenFull: @Sendable () -> Void
  /// `nil`: links are plain.
  private let door: Door?
  /// Counts connections that were closed at once, for lack of descriptors.
  private let turnedAway: Counter
  /// Descriptors of connections have numbers below this one. The system gives the lowest number that is free, so all
  /// below a number are in use.
  private let descriptorEnd: Int
  private var tag: UInt64 = 0
  /// Held open so that one more connection can be taken, and turned away, when descriptors have run out.
  private var reserve: Int32
  private var pauseTimer: UInt64 = 0

  /// Connections that the kernel keeps for us until we accept them.
  private static let backlog: Int32 = 1024
  /// Connections accepted in one turn.
  private static let acceptsPerTurnMax = 64
  /// With fewer descriptors left an idle connection makes room, before a newcomer is turned away.
  private static let marginMin = 16
  /// How long accepting rests when the system has nothing left to give.
  private static let pauseMicroseconds: UInt64 = 100_000

  init(
    _ name: String, local: wl_address, group: EventLoopGroup, door: Door?, turnedAway: Counter,
    whenFull: @escaping @Sendable () -> Void,
    receiver: @escaping @Sendable (any ByteLink) -> any LinkReceiver
  ) throws(NetworkError) {
    var local = local
    // SAFETY: the pointer covers a local value for the call.
    descriptor = unsafe wl_listen(&local, Self.backlog)
    guard descriptor >= 0 else { throw .forAddress(name, errno: -descriptor) }
    unsafe wl_local_address(descriptor, &local)
    address = SocketAddress.text(of: local)
    reserve = wl_open_null()
    self.group = group
    self.receiver = receiver
    self.whenFull = whenFull
    self.door = door
    self.turnedAway = turnedAway
    let limit = DescriptorLimit.present
    descriptorEnd = limit - DescriptorLimit.reserve(of: limit)
    loop = group.next()
  }

  func start() async throws(NetworkError) {
    let result: Result<Void, NetworkError> = await withCheckedContinuation { continuation in
      let isPlanned = loop.runSoon { continuation.resume(returning: self.watch()) }
      if !isPlanned { continuation.resume(returning: .failure(.cancelled)) }
    }
    try result.get()
  }

  func close() async {
    await withCheckedContinuation { continuation in
      let isPlanned = loop.runSoon {
        self.loopStops()
        continuation.resume()
      }
      if !isPlanned { continuation.resume() }
    }
  }

  func loopStops() {
    guard tag != 0 else { return }
    if pauseTimer != 0 { loop.cancelTimer(pauseTimer) }
    loop.unwatch(descriptor, tag: tag)
    tag = 0
    wl_close(descriptor)
    if reserve >= 0 { wl_close(reserve) }
  }

  func handle(events: UInt32) {
    for _ in 0..<Self.acceptsPerTurnMax {
      var peer = wl_address()
      // SAFETY: the pointer covers a local value for the call.
      let accepted = unsafe wl_accept(descriptor, &peer)
      switch accepted {
      case 0...:
        if Int(accepted) >= descriptorEnd - Self.marginMin { whenFull() }
        if Int(accepted) < descriptorEnd {
          place(accepted, peer: peer)
        } else {
          wl_abort(accepted)
          turnedAway.add()
        }
      case -EAGAIN: return
      case -EMFILE, -ENFILE:
        whenFull()
        guard turnOneAway() else { return pause() }
      case -ENOBUFS, -ENOMEM: return pause()
      default: continue  // This connection failed before we had it; the next may be well.
      }
    }
  }

  private func watch() -> Result<Void, NetworkError> {
    do throws(NetworkError) {
      tag = try loop.watch(descriptor, events: WL_READABLE, handler: self)
      return .success(())
    } catch {
      wl_close(descriptor)
      if reserve >= 0 { wl_close(reserve) }
      return .failure(error)
    }
  }

  private func place(_ accepted: Int32, peer: wl_address) {
    let loop = group.next()
    let receiver = self.receiver
    let peerAddress = SocketAddress.text(of: peer)
    if let door {
      return door.admit(accepted, peerAddress: peerAddress) { opening in
        let link = SocketLink(opening, peerAddress: peerAddress, loop: loop)
        let isPlanned = loop.runSoon { link.start(receiver) }
        if !isPlanned { wl_abort(opening.descriptor) }
      }
    }
    let link = SocketLink(descriptor: accepted, peerAddress: peerAddress, loop: loop)
    if loop.isCurrent {
      link.start(receiver)
    } else {
      loop.runSoon { link.start(receiver) }
    }
  }

  /// Spends the reserve on one connection and closes it at once: its peer learns so without waiting, and the socket
  /// does not stay readable for ever.
  private func turnOneAway() -> Bool {
    guard reserve >= 0 else { return false }
    wl_close(reserve)
    var peer = wl_address()
    // SAFETY: the pointer covers a local value for the call.
    let accepted = unsafe wl_accept(descriptor, &peer)
    if accepted >= 0 {
      wl_abort(accepted)
      turnedAway.add()
    }
    reserve = wl_open_null()
    return accepted >= 0 && reserve >= 0
  }

  /// Rests, so that a shortage does not become a busy loop.
  private func pause() {
    loop.rewatch(descriptor, tag: tag, events: 0)
    pauseTimer = loop.schedule(at: loop.clock.now().advanced(microseconds: Self.pauseMicroseconds)) {
      self.pauseTimer = 0
      if self.reserve < 0 { self.reserve = wl_open_null() }
      self.loop.rewatch(self.descriptor, tag: self.tag, events: WL_READABLE)
    }
  }
}
