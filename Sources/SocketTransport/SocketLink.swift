import CLinux
import Glibc
import Security
import Transport
import Vocabulary

/// A link over a connected TCP socket, pinned to one event loop.
final class SocketLink: ByteLink, EventHandler, @unchecked Sendable {
  // SAFETY: every call comes on the loop's thread (`assert`ed where it matters), as the protocol demands.
  let loop: EventLoop
  let peerAddress: String
  private let descriptor: Int32
  private var tag: UInt64 = 0
  private var receiver: (any LinkReceiver)?
  private var outbox = SendQueue()
  /// `nil`: the link is plain.
  private let secure: SecureStream?
  /// The events that epoll waits for now.
  private var watched: UInt32 = 0
  private var stage = Stage.open
  private var isPaused = false
  private var peerHasFinished = false
  private var isFlushPlanned = false
  /// The socket takes no more until it says so.
  private var isWriteBlocked = false
  private var owesDrained = false
  private var closeTimer: UInt64 = 0

  private enum Stage {
    case open
    /// `close` was called: the outbox is being sent.
    case flushing
    /// Our end of stream is sent; the peer's is awaited.
    case lingering
    /// The descriptor is gone or goes at the end of this turn.
    case ended
  }

  /// Bytes written in one turn before other links have theirs.
  private static let writeBytesPerTurnMax = 1 << 20

  var executor: any LinkExecutor { loop }
  var queuedByteCount: Int { outbox.byteCount + (secure?.waitingByteCount ?? 0) }
  var security: LinkSecurity? { secure?.security }

  /// Takes over a connected, non-blocking descriptor; call `start` next, on the loop.
  init(descriptor: Int32, peerAddress: String, loop: EventLoop) {
    self.descriptor = descriptor
    self.peerAddress = peerAddress
    self.loop = loop
    secure = nil
  }

  /// Takes over a connected descriptor whose TLS handshake is done.
  init(_ opening: SecureStream.Opening, peerAddress: String, loop: EventLoop) {
    descriptor = opening.descriptor
    self.peerAddress = peerAddress
    self.loop = loop
    secure = SecureStream(opening)
  }

  /// Makes the owner and begins to read. On the loop.
  func start(_ makeReceiver: (any ByteLink) -> any LinkReceiver) {
    receiver = makeReceiver(self)
    guard stage != .ended else { return }
    do throws(NetworkError) {
      watched = wantedEvents
      tag = try loop.watch(descriptor, events: watched, handler: self)
      if let secure { loop.runAtEndOfTurn { self.tell(secure.takeEarly(), secure) } }
    } catch {
      stage = .ended
      planEnd(.failed(error.systemNumber), reset: true)
    }
  }

  func send(_ bytes: [UInt8]) {
    assert(loop.isCurrent)
    guard stage == .open, !bytes.isEmpty else { return }
    if let secure { secure.append(bytes) } else { outbox.append(bytes) }
    owesDrained = true
    planFlush()
  }

  func pauseReading() {
    isPaused = true
    updateEvents()
  }

  func resumeReading() {
    isPaused = false
    updateEvents()
  }

  func close() {
    assert(loop.isCurrent)
    guard stage == .open else { return }
    stage = .flushing
    closeTimer = loop.schedule(at: loop.clock.now().advanced(microseconds: Self.closeMicrosecondsMax)) { self.abort() }
    // Also when nothing is queued: the end of stream goes out after this call, so nothing is told within it.
    planFlush()
    updateEvents()
  }

  func abort() {
    assert(loop.isCurrent)
    guard stage != .ended else { return }
    stage = .ended
    planEnd(.closed, reset: true)
  }

  func loopStops() { abort() }
}

// MARK: - Readiness

extension SocketLink {
  func handle(events: UInt32) {
    if events & (WL_READABLE | WL_FAILED | WL_HUNG_UP) != 0 { readOnce() }
    if events & (WL_WRITABLE | WL_FAILED | WL_HUNG_UP) != 0, isWriteBlocked {
      isWriteBlocked = false
      flush()
    }
    // The link does not read (paused, or the peer's end was seen), so only this event tells of a failure, and it would
    // come again in every turn.
    if events & (WL_FAILED | WL_HUNG_UP) != 0, stage != .ended, watched & WL_READABLE == 0 {
      let status = wl_socket_error(descriptor)
      end(.failed(status < 0 ? -status : ECONNRESET))
    }
  }

  /// Reads what fits into the loop's buffer, once: the kernel reminds us of the rest in the next turn.
  private func readOnce() {
    guard stage != .ended, watched & WL_READABLE != 0 else { return }
    let buffer = unsafe loop.readBuffer
    // SAFETY: the buffer has that many bytes, belongs to the loop's thread, and is read before the next read fills it.
    let count = unsafe wl_receive(descriptor, buffer.baseAddress, buffer.count)
    if count > 0 {
      guard stage == .open else { return }
      let bytes = unsafe [UInt8](UnsafeRawBufferPointer(rebasing: buffer[0..<Int(count)]))
      if let secure { decrypt(bytes, secure) } else { receiver?.linkReceived(bytes) }
    } else if count == 0 {
      // Whether the peer has said all that it wanted to say, TLS alone knows.
      if secure != nil, stage == .open { return end(.insecure(.truncated)) }
      peerHasFinished = true
      switch stage {
      case .open:
        updateEvents()
        receiver?.linkEnded(.peerFinished)
      case .flushing: updateEvents()
      case .lingering: end(.closed)
      case .ended: break
      }
    } else if count != -EAGAIN {
      end(stage == .lingering ? .closed : .failed(Int32(-count)))
    }
  }

  private func decrypt(_ bytes: [UInt8], _ secure: SecureStream) {
    do throws(TLSFault) {
      let plain = try secure.session.receive(bytes)
      secure.takeRecords(into: &outbox)
      if !outbox.isEmpty { planFlush() }
      tell(plain, secure)
    } catch {
      secure.takeRecords(into: &outbox)
      if !outbox.isEmpty { _ = outbox.write(to: descriptor) }
      end(.insecure(error))
    }
  }

  /// Gives the owner what was decrypted, and then the peer's end if it was said.
  private func tell(_ plain: [UInt8], _ secure: SecureStream) {
    if !plain.isEmpty, stage == .open { receiver?.linkReceived(plain) }
    guard secure.session.peerHasClosed, !peerHasFinished, stage != .ended else { return }
    peerHasFinished = true
    updateEvents()
    if stage == .open { receiver?.linkEnded(.peerFinished) }
  }

  private var wantedEvents: UInt32 {
    // A link that closes reads on, to see the peer's end; a pause ends with `close`.
    let reads = !peerHasFinished && (!isPaused || stage != .open)
    return (reads ? WL_READABLE : 0) | (isWriteBlocked ? WL_WRITABLE : 0)
  }

  private func updateEvents() {
    guard stage != .ended, tag != 0, wantedEvents != watched else { return }
    watched = wantedEvents
    loop.rewatch(descriptor, tag: tag, events: watched)
  }
}

// MARK: - Writing and ending

extension SocketLink {
  private func planFlush() {
    guard !isFlushPlanned, !isWriteBlocked else { return }
    isFlushPlanned = true
    loop.runAtEndOfTurn {
      self.isFlushPlanned = false
      self.flush()
    }
  }

  /// Writes until the socket or the turn's share is full.
  private func flush() {
    guard stage == .open || stage == .flushing else { return }
    var written = 0
    while !isWriteBlocked {
      do throws(TLSFault) { try secure?.seal(into: &outbox) } catch { return end(.insecure(error)) }
      if outbox.isEmpty, stage == .flushing { secure?.finish(into: &outbox) }
      guard !outbox.isEmpty else { break }
      guard written < Self.writeBytesPerTurnMax else {
        planFlush()
        return
      }
      let count = outbox.write(to: descriptor)
      if count >= 0 {
        written += count
      } else if count == -Int(EAGAIN) {
        isWriteBlocked = true
      } else {
        end(.failed(Int32(-count)))
        return
      }
    }
    updateEvents()
    guard outbox.isEmpty else { return }
    if stage == .flushing {
      finishWriting()
    } else if owesDrained {
      owesDrained = false
      receiver?.linkDrained()
    }
  }

  private func finishWriting() {
    if peerHasFinished {
      end(.closed)
      return
    }
    // Closing now would answer what the peer still sends with a reset, which overtakes what we have just sent.
    stage = .lingering
    let status = wl_shutdown_write(descriptor)
    if status < 0 { end(.closed) }
  }

  /// Ends the link from the loop: not within a call of the owner.
  private func end(_ reason: LinkEnd) {
    guard stage != .ended else { return }
    stage = .ended
    release(reason, reset: reason != .closed)
  }

  private func planEnd(_ reason: LinkEnd, reset: Bool) {
    loop.runAtEndOfTurn { self.release(reason, reset: reset) }
  }

  private func release(_ reason: LinkEnd, reset: Bool) {
    outbox = SendQueue()
    if closeTimer != 0 { loop.cancelTimer(closeTimer) }
    if tag != 0 { loop.unwatch(descriptor, tag: tag) }
    if reset { wl_abort(descriptor) } else { wl_close(descriptor) }
    let receiver = self.receiver
    self.receiver = nil
    receiver?.linkEnded(reason)
  }
}
