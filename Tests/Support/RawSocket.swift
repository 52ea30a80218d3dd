import Glibc

/// A plain blocking socket: a peer that owes nothing to the code under test.
package struct RawSocket: Sendable {
  package let descriptor: Int32

  /// Connects to 127.0.0.1 at the port of `HOST:PORT`.
  ///
  /// - Parameters:
  ///   - seconds: How long a read waits before it gives up.
  ///   - own: The last two numbers of the address 127.0.x.y that it comes from; `nil`: the usual one.
  ///   - ready: A descriptor of `unconnected`, for when there may be no other left.
  package init(port address: String, seconds: Int = 60, from own: UInt16? = nil, ready: Int32? = nil) {
    let port = UInt16(address.split(separator: ":").last ?? "0") ?? 0
    descriptor = ready ?? RawSocket.unconnected()
    if let own { _ = Self.call(bind, descriptor, 0x7F00_0000 | UInt32(own), port: 0) }
    // A process that has ended reads as one that closes at once: a test fails by what it expects, and others go on.
    _ = Self.call(connect, descriptor, 0x7F00_0001, port: port)
    var patience = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  private static func call(
    _ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ descriptor: Int32, _ address: UInt32,
    port: UInt16
  ) -> Int32 {
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = port.bigEndian
    place.sin_addr.s_addr = address.bigEndian
    return withUnsafePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// The descriptor of a socket that is not connected yet.
  package static func unconnected() -> Int32 { socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0) }

  package func write(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

  package func finishWriting() { _ = Glibc.shutdown(descriptor, Int32(SHUT_WR)) }

  /// What comes until the end of the stream or a failure.
  package func readToEnd() -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return all }
      all += buffer.prefix(count)
    }
  }

  package func close() { _ = Glibc.close(descriptor) }
}

extension RawSocket {
  /// What has come so far without waiting, and whether that is all.
  package func readAvailable() -> (bytes: [UInt8], hasEnded: Bool) {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return (all, count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) }
      all += buffer.prefix(count)
    }
  }

  /// What comes until the end of the stream, or until `isEnough`, or for so long; blocks no thread.
  package func read(
    seconds: Int, until isEnough: ([UInt8]) -> Bool = { _ in false }
  ) async throws -> (bytes: [UInt8], hasEnded: Bool) {
    var all: [UInt8] = []
    for _ in 0..<seconds * 100 {
      let (bytes, hasEnded) = readAvailable()
      all += bytes
      if hasEnded { return (all, true) }
      if isEnough(all) { break }
      try await Task.sleep(for: .milliseconds(10))
    }
    return (all, false)
  }
}
