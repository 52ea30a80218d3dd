import CLinux
import Security
package import Telemetry
import Transport
import Vocabulary

/// Where handshakes of a network are made: on one loop, so that the links that are open do not wait for them.
package final class Door: @unchecked Sendable {
  // SAFETY: `halfOpen` is touched on the loop's thread only; the rest never changes.
  let loop: EventLoop
  let security: NetworkSecurity

  private struct HalfOpen {
    let handshake: SecureHandshake
    let host: Substring
    /// When it began.
    let start: Instant
  }

  private var halfOpen: [ObjectIdentifier: HalfOpen] = [:]

  /// Links under TLS that have opened, since the start.
  package let opened = Counter()
  /// Handshakes that failed, and connections that found no room for theirs.
  package let (failed, turnedAway) = (Counter(), Counter())

  /// Handshakes under way at one time, in all and with one address.
  private static let (halfOpenMax, halfOpenOfOneMax) = (256, 32)
  /// One that waits for its peer so long, since it came or was answered, may lose its place: longer than this loop takes
  /// to come to the peer's word.
  private static let patienceMicroseconds: UInt64 = 300_000
  /// How long one may take.
  private static let microsecondsMax: UInt64 = 5_000_000

  /// A door on a loop.
  init(on loop: EventLoop, _ security: NetworkSecurity) { (self.loop, self.security) = (loop, security) }

  /// Makes the handshake of an accepted socket; `opened` is told on the door's loop, and only if it succeeds.
  func admit(
    _ descriptor: Int32, peerAddress: String, opened: @escaping @Sendable (SecureStream.Opening) -> Void
  ) {
    let isPlanned = loop.runSoon { self.begin(descriptor, peerAddress, opened) }
    if !isPlanned { wl_abort(descriptor) }
  }

  private func begin(
    _ descriptor: Int32, _ peerAddress: String, _ opened: @escaping (SecureStream.Opening) -> Void
  ) {
    let host = peerAddress[..<(peerAddress.lastIndex(of: ":") ?? peerAddress.endIndex)]
    guard halfOpen.values.count(where: { $0.host == host }) < Self.halfOpenOfOneMax, makeRoom() else {
      turnedAway.add()
      wl_abort(descriptor)
      return
    }
    do throws(TLSFault) {
      let handshake = SecureHandshake(descriptor, try security.accepting(), on: loop)
      let start = loop.clock.now()
      halfOpen[ObjectIdentifier(handshake)] = HalfOpen(handshake: handshake, host: host, start: start)
      let deadline = start.advanced(microseconds: Self.microsecondsMax)
      handshake.start(deadline: deadline) { [weak handshake] result in
        guard let handshake, self.halfOpen.removeValue(forKey: ObjectIdentifier(handshake)) != nil else { return }
        guard case .success(let done) = result else {
          self.failed.add()
          return
        }
        self.opened.add()
        opened(SecureStream.Opening(descriptor: descriptor, session: done.session, early: done.early))
      }
    } catch {
      failed.add()
      wl_abort(descriptor)
    }
  }

  /// Makes room for one more: ends the handshake that waits for its peer the longest. An honest peer goes on within
  /// milliseconds, so strangers from many addresses, who leave theirs open, cannot keep newcomers out.
  ///
  /// - Returns: Whether there is room; those that the door itself has to answer keep theirs.
  private func makeRoom() -> Bool {
    guard halfOpen.count >= Self.halfOpenMax else { return true }
    let now = loop.clock.now()
    let waiting = halfOpen.filter { _, other in
      (other.handshake.answered ?? other.start).microseconds(until: now) >= Self.patienceMicroseconds
    }
    guard let oldest = waiting.min(by: { $0.value.start < $1.value.start }) else { return false }
    halfOpen[oldest.key] = nil
    turnedAway.add()
    oldest.value.handshake.cancel()
    return true
  }
}
