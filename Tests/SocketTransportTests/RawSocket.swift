import Glibc

/// A plain blocking socket: a peer that owes nothing to the code under test.
struct RawSocket {
  let descriptor: Int32

  /// Connects to 127.0.0.1 at the port of `HOST:PORT`.
  init(port address: String) {
    let port = UInt16(address.split(separator: ":").last ?? "0") ?? 0
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = port.bigEndian
    target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &target) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    precondition(status == 0, "connect failed: \(errno)")
  }

  func write(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

  func finishWriting() { _ = Glibc.shutdown(descriptor, Int32(SHUT_WR)) }

  /// What comes until the end of the stream or a failure.
  func readToEnd() -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return all }
      all += buffer.prefix(count)
    }
  }

  func close() { _ = Glibc.close(descriptor) }
}
