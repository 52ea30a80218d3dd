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
  private var halfOpen: [ObjectIdentifier: (handshake: SecureHandshake, host: Substring)] = [:]

  /// Links under TLS that have opened, since the start.
  package let opened = Counter()
  /// Handshakes that failed, and connections that found no room for theirs.
  package let (failed, turnedAway) = (Counter(), Counter())

  /// Handshakes under way at one time, in all and with one address.
  private static let (halfOpenMax, halfOpenOfOneMax) = (256, 32)
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
    guard halfOpen.count < Self.halfOpenMax, halfOpen.values.count(where: { $0.host == host }) < Self.halfOpenOfOneMax
    else {
      turnedAway.add()
      wl_abort(descriptor)
      return
    }
    do throws(TLSFault) {
      let handshake = SecureHandshake(descriptor, try security.accepting(), on: loop)
      halfOpen[ObjectIdentifier(handshake)] = (handshake, host)
      let deadline = loop.clock.now().advanced(microseconds: Self.microsecondsMax)
      handshake.start(deadline: deadline) { [weak handshake] result in
        if let handshake { self.halfOpen[ObjectIdentifier(handshake)] = nil }
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
}
