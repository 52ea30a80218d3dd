import Dispatch
import Foundation
import Glibc
import Vocabulary

/// A stranger that opens connections to a port and begins a handshake on each, at a steady rate, from one address or from
/// many; it waits for the answer, which is the port's work, and goes without a word.
final class HelloFlood: Sendable {
  /// How long each connection is left open.
  private static let heldMicroseconds = 100_000

  private struct State: Sendable {
    var isOver = false
    var hasEnded = false
    var sentCount = 0
  }

  private let hello: [UInt8]
  private let port: UInt16
  private let addressCount: Int
  private let state = Lock(State())

  /// - Parameters:
  ///   - hello: A client's first flight.
  ///   - address: `127.0.0.1:PORT`.
  ///   - addressCount: Of 127.1.0.0/16, from which connections come in turn.
  init(_ hello: [UInt8], to address: String, addressCount: Int) {
    (self.hello, self.addressCount) = (hello, addressCount)
    port = UInt16(address.split(separator: ":").last ?? "") ?? 0
  }

  /// Begins.
  func begin(perSecond rate: Int) {
    Thread.detachNewThread { [self] in
      run(microsecondsBetween: 1_000_000 / rate)
      state.withLock { $0.hasEnded = true }
    }
  }

  /// Ends.
  ///
  /// - Returns: How many flights were sent.
  func end() async throws -> Int {
    state.withLock { $0.isOver = true }
    while !state.withLock({ $0.hasEnded }) { try await Task.sleep(for: .milliseconds(10)) }
    return state.withLock { $0.sentCount }
  }

  private func run(microsecondsBetween interval: Int) {
    let start = DispatchTime.now().uptimeNanoseconds
    func now() -> Int { Int((DispatchTime.now().uptimeNanoseconds - start) / 1000) }
    var open: [(descriptor: Int32, until: Int)] = []
    var (first, number) = (0, 0)
    while !state.withLock({ $0.isOver }) {
      // What was missed while this thread did not run is not made up for at once.
      var due = max(number, now() / interval - 20)
      while due * interval <= now() {
        if let descriptor = connect(number: due) {
          open.append((descriptor, now() + Self.heldMicroseconds))
          state.withLock { $0.sentCount += 1 }
        }
        due += 1
      }
      number = due
      while first < open.count, open[first].until <= now() {
        Self.leave(open[first].descriptor)
        first += 1
      }
      if first > 1000 {
        open.removeFirst(first)
        first = 0
      }
      usleep(500)
    }
    for place in first..<open.count { Self.leave(open[place].descriptor) }
  }

  private func connect(number: Int) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    let own = UInt32(0x7F01_0001) + UInt32(number % addressCount)
    _ = Self.call(bind, descriptor, address: own, port: 0)
    // On loopback a connection stands when the call returns.
    _ = Self.call(Glibc.connect, descriptor, address: 0x7F00_0001, port: port)
    guard send(descriptor, hello, hello.count, Int32(MSG_NOSIGNAL)) == hello.count else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  private static func call(
    _ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ descriptor: Int32, address: UInt32, port: UInt16
  ) -> Int32 {
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = port.bigEndian
    target.sin_addr.s_addr = address.bigEndian
    return withUnsafePointer(to: &target) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// Closes with a reset, so that no port is kept for the connection.
  private static func leave(_ descriptor: Int32) {
    var none = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &none, socklen_t(MemoryLayout<linger>.size))
    close(descriptor)
  }
}
