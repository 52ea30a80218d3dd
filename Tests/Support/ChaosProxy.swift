import Glibc
import Vocabulary

/// A proxy on loopback that treats bytes badly, as its script says at the moment: between a client and a server it
/// delays, throttles, holds up, swallows, cuts, flips and repeats. It owes nothing to the code under test.
package final class ChaosProxy: Sendable {
  /// What happens to bytes in one direction.
  package struct Way: Sendable {
    /// Nothing is read or delivered, as in a partition: it waits in the kernels.
    package var isHeld = false
    /// Everything is read and thrown away.
    package var isSwallowed = false
    /// How long bytes travel.
    package var delayMicroseconds: UInt64 = 0
    /// Of so many pieces one is delayed; 1: each.
    package var delaysOneOf = 1
    package var bytesPerSecond: Int?
    /// Turns one bit over in about so many bytes.
    package var flipsOneBitInBytes: Int?

    package init() {}
  }

  /// What happens on new and open connections.
  package struct Weather: Sendable {
    package var toServer = Way()
    package var toClient = Way()
    /// Both sides are reset once so many bytes have passed in both directions together; for the next connection only.
    package var cutAfterByteCount: Int?
    /// The end of one side is not told to the other.
    package var isHalfOpen = false
    /// What a client sends goes over a second connection too, whose answers nobody reads.
    package var isDoubled = false

    package init() {}
  }

  private struct State: Sendable {
    var weather = Weather()
    var isOver = false
    var acceptedCount = 0
    var resets = 0
    var flipCount = 0
    var cutCount = 0
    var byteCount = 0
  }

  /// Where it listens, `HOST:PORT`.
  package let address: String
  private let upstream: String
  private let state = Lock(State())
  private let listener: Int32
  /// The end of a pipe that is written to wake the thread.
  private let bell: Int32

  /// A proxy before a server at `HOST:PORT` on loopback.
  package init(to upstream: String, seed: UInt64 = 1) {
    self.upstream = upstream
    let listener = RawSocket.unconnected()
    self.listener = listener
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &target) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    precondition(bound, "no listener: \(errno)")
    address = "127.0.0.1:\(UInt16(bigEndian: target.sin_port))"
    var ends: [Int32] = [0, 0]
    precondition(pipe(&ends) == 0, "no pipe: \(errno)")
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    bell = ends[1]
    var thread = pthread_t()
    let loop = Unmanaged.passRetained(ChaosLoop(self, listener: listener, bell: ends[0], seed: seed))
    let status = pthread_create(
      &thread, nil,
      { argument in
        argument.map { Unmanaged<ChaosLoop>.fromOpaque($0).takeRetainedValue().run() }
        return nil
      }, loop.toOpaque())
    precondition(status == 0, "no thread: \(status)")
    pthread_detach(thread)
  }

  /// What happens from now on.
  package var weather: Weather {
    get { state.withLock { $0.weather } }
    set {
      state.withLock { $0.weather = newValue }
      ring()
    }
  }

  /// Connections that were accepted so far.
  package var acceptedCount: Int { state.withLock { $0.acceptedCount } }

  /// Bits that were turned over so far.
  package var flipCount: Int { state.withLock { $0.flipCount } }

  /// Connections that were cut so far.
  package var cutCount: Int { state.withLock { $0.cutCount } }

  /// Bytes that were delivered so far.
  package var byteCount: Int { state.withLock { $0.byteCount } }

  /// Resets every connection that is open now.
  package func resetAll() {
    state.withLock { $0.resets += 1 }
    ring()
  }

  /// Ends every connection and the listener.
  package func stop() {
    state.withLock { $0.isOver = true }
    ring()
  }

  private func ring() {
    _ = write(bell, "!", 1)
  }

  // MARK: For its thread

  /// How often all connections were to be reset.
  var resets: Int { state.withLock { $0.resets } }

  var isOver: Bool { state.withLock { $0.isOver } }

  /// - Returns: After how many bytes the new connection shall be cut.
  func accepted() -> Int? {
    state.withLock { state in
      state.acceptedCount += 1
      defer { state.weather.cutAfterByteCount = nil }
      return state.weather.cutAfterByteCount
    }
  }

  func cut() { state.withLock { $0.cutCount += 1 } }

  func flipped() { state.withLock { $0.flipCount += 1 } }

  func delivered(_ count: Int) { state.withLock { $0.byteCount += count } }

  /// A socket that begins to connect to the server.
  func dial() -> Int32 {
    let descriptor = RawSocket.unconnected()
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = (UInt16(upstream.split(separator: ":").last ?? "0") ?? 0).bigEndian
    target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    _ = withUnsafePointer(to: &target) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    return descriptor
  }
}
