import CLinux
import Glibc
import Security
import Transport
import Vocabulary

/// The TLS handshake of one connected socket, on one loop: it gives the session, or why there is none.
final class SecureHandshake: EventHandler, @unchecked Sendable {
  // SAFETY: every call after `init` comes on the loop's thread.
  typealias Result = Swift.Result<(session: TLSSession, early: [UInt8]), NetworkError>

  private let descriptor: Int32
  private let session: TLSSession
  private let loop: EventLoop
  private var tag: UInt64 = 0
  private var timer: UInt64 = 0
  private var outbox = SendQueue()
  private var early: [UInt8] = []
  private var ended: ((Result) -> Void)?
  /// Since when the next word is the peer's: its last one was answered then.
  private(set) var answered: Instant?
  /// Why it failed: the alert is on its way, and what the peer still sends is dropped, as a close would overtake it.
  private var fault: TLSFault?

  /// How long an alert may take to reach the peer.
  private static let lingerMicroseconds: UInt64 = 1_000_000

  /// Takes a descriptor over until it ends; `start` begins.
  init(_ descriptor: Int32, _ session: TLSSession, on loop: EventLoop) {
    (self.descriptor, self.session, self.loop) = (descriptor, session, loop)
  }

  /// - Parameter ended: Told once, on the loop. With a session the descriptor is the caller's, otherwise it is closed.
  func start(deadline: Instant, _ ended: @escaping (Result) -> Void) {
    self.ended = ended
    timer = loop.schedule(at: deadline) { self.end(.failure(.timedOut)) }
    do throws(NetworkError) {
      tag = try loop.watch(descriptor, events: WL_READABLE, handler: self)
      flush()
    } catch { end(.failure(error)) }
  }

  func loopStops() { end(.failure(.cancelled)) }

  /// Gives up.
  func cancel() { end(.failure(.cancelled)) }

  func handle(events: UInt32) {
    if events & (WL_READABLE | WL_FAILED | WL_HUNG_UP) != 0 { readOnce() }
    if ended != nil, events & WL_WRITABLE != 0 { flush() }
  }

  private func readOnce() {
    let buffer = unsafe loop.readBuffer
    // SAFETY: the buffer has that many bytes, belongs to the loop's thread, and is read before the next read fills it.
    let count = unsafe wl_receive(descriptor, buffer.baseAddress, buffer.count)
    if count > 0 {
      guard fault == nil else { return }
      take(unsafe [UInt8](UnsafeRawBufferPointer(rebasing: buffer[0..<Int(count)])))
    } else if count != -EAGAIN {
      end(.failure(fault.map { .insecure($0) } ?? .insecure(.broken("the peer ended the handshake"))))
    }
  }

  private func take(_ bytes: [UInt8]) {
    do throws(TLSFault) { early += try session.receive(bytes) } catch {
      fault = error
      loop.cancelTimer(timer)
      timer = loop.schedule(at: loop.clock.now().advanced(microseconds: Self.lingerMicroseconds)) {
        self.end(.failure(.insecure(error)))
      }
    }
    flush()
  }

  private func flush() {
    let records = session.takeOutput()
    if !records.isEmpty {
      outbox.append(records)
      answered = loop.clock.now()
    }
    while !outbox.isEmpty {
      let count = outbox.write(to: descriptor)
      if count == -Int(EAGAIN) { return loop.rewatch(descriptor, tag: tag, events: WL_READABLE | WL_WRITABLE) }
      guard count >= 0 else { return end(.failure(fault.map { .insecure($0) } ?? .system(Int32(-count)))) }
    }
    guard fault == nil else {
      _ = wl_shutdown_write(descriptor)
      return loop.rewatch(descriptor, tag: tag, events: WL_READABLE)
    }
    guard session.isOpen else { return loop.rewatch(descriptor, tag: tag, events: WL_READABLE) }
    end(.success((session, early)))
  }

  private func end(_ result: Result) {
    guard let ended else { return }
    self.ended = nil
    loop.cancelTimer(timer)
    if tag != 0 { loop.unwatch(descriptor, tag: tag) }
    if case .failure = result { wl_close(descriptor) }
    ended(result)
  }
}
