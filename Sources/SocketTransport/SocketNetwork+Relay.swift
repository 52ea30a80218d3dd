import Glibc
package import Transport

/// One of the two ends of a relay, which carries the bytes of a link to a plain socket and back.
private final class RelayEnd: LinkReceiver, @unchecked Sendable {
  // SAFETY: both ends live on one loop, and every call comes on its thread.
  private let link: any ByteLink
  var other: RelayEnd?
  private let ended: @Sendable () -> Void

  /// Bytes that wait for one side before the other one is read no further.
  private static let waitingBytesMax = 128 << 10

  init(_ link: any ByteLink, ended: @escaping @Sendable () -> Void = {}) { (self.link, self.ended) = (link, ended) }

  func linkReceived(_ bytes: [UInt8]) {
    guard let other else { return }
    other.link.send(bytes)
    if other.link.queuedByteCount > Self.waitingBytesMax { link.pauseReading() }
  }

  func linkDrained() { other?.link.resumeReading() }

  func linkEnded(_ end: LinkEnd) {
    // What is queued on the other side is still sent.
    other?.link.close()
    guard end != .peerFinished else { return link.close() }
    other = nil
    ended()
  }
}

extension SocketNetwork {
  /// Listens for a library that serves plain sockets: of each link that opens it gets an end of a pair of sockets.
  ///
  /// A peer that ends its half of the link gets no more answers.
  ///
  /// - Parameter take: Takes the descriptor over, on the link's loop; what it returns is told when the link has ended.
  package func listen(
    _ address: String, handingOver take: @escaping @Sendable (Int32, any ByteLink) -> @Sendable () -> Void
  ) async throws(NetworkError) -> any NetworkListener {
    try await listen(address) { link in
      guard let loop = link.executor as? EventLoop else { preconditionFailure("sockets live on event loops") }
      var pair: [Int32] = [0, 0]
      let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
      let outside = RelayEnd(link)
      // SAFETY: two numbers are written, and the array has two.
      guard unsafe socketpair(AF_UNIX, kind, 0, &pair) == 0 else {
        link.abort()
        return outside
      }
      let plain = SocketLink(descriptor: pair[0], peerAddress: link.peerAddress, loop: loop)
      let inside = RelayEnd(plain, ended: take(pair[1], link))
      (outside.other, inside.other) = (inside, outside)
      plain.start { _ in inside }
      return outside
    }
  }
}
