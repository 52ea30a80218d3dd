import CLinux
package import Transport

/// A listening socket for a library that brings its own way to serve it.
package struct ListeningSocket: Sendable {
  /// Non-blocking; the owner of the value closes it.
  package let descriptor: Int32
  /// `HOST:PORT`, with the port that the system gave if 0 was asked for.
  package let address: String
  /// Whether only this machine reaches it.
  package let isLoopback: Bool

  /// Listens on an IPv4 or IPv6 literal (`[::1]:7780`) or `localhost`, which is 127.0.0.1 here.
  package init(_ address: String) throws(NetworkError) {
    let target = try SocketAddress.split(address)
    guard var local = target.literal(passive: true) else { throw .badAddress(address) }
    // SAFETY: the pointer covers a local value for the call.
    descriptor = unsafe wl_listen(&local, 64)
    guard descriptor >= 0 else { throw .forAddress(address, errno: -descriptor) }
    unsafe wl_local_address(descriptor, &local)
    self.address = SocketAddress.text(of: local)
    isLoopback = self.address.hasPrefix("127.") || self.address.hasPrefix("[::1]")
  }

  /// Closes the socket, for one who has not given it away.
  package func close() { wl_close(descriptor) }
}
