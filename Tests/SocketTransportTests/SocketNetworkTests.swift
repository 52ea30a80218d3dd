import Glibc
import SocketTransport
import Testing
import Transport
import Vocabulary

@Suite(.timeLimit(.minutes(2)))
struct SocketNetworkTests {
  private let clock = SystemClock()

  @Test func aDialToNobodyIsRefused() async throws {
    try await withSockets { network in
      let listener = try await network.listen("127.0.0.1:0") { EchoPeer($0) }
      let address = listener.address
      await listener.close()
      await #expect(throws: NetworkError.refused(address)) { _ = try await network.record(address, clock: clock) }
    }
  }

  @Test func aDialToASilentPeerTimesOut() async throws {
    try await withSockets { network in
      // A listener that never accepts: once its queue is full, the kernel does not answer.
      let (descriptor, address) = fullListener()
      await #expect(throws: NetworkError.timedOut) {
        for _ in 0..<4 { _ = try await network.record(address, within: 100_000, clock: clock) }
      }
      await #expect(throws: NetworkError.timedOut) {
        _ = try await network.record(address, within: 0, clock: clock)
      }
      close(descriptor)
    }
  }

  @Test func aCancelledDialEnds() async throws {
    try await withSockets { network in
      let (descriptor, address) = fullListener()
      let clock = self.clock
      let errors = await withTaskGroup(of: NetworkError?.self) { group in
        for _ in 0..<4 {
          group.addTask {
            do {
              _ = try await network.record(address, within: 60_000_000, clock: clock)
              return nil
            } catch {
              return error as? NetworkError
            }
          }
        }
        try? await Task.sleep(for: .milliseconds(50))
        group.cancelAll()
        return await group.reduce(into: [NetworkError?]()) { $0.append($1) }
      }
      #expect(errors.contains(.cancelled))
      #expect(errors.allSatisfy { $0 == nil || $0 == .cancelled })
      close(descriptor)
    }
  }

  @Test func anAddressInUseIsSaid() async throws {
    try await withSockets { network in
      let listener = try await network.listen("127.0.0.1:0") { EchoPeer($0) }
      await #expect(throws: NetworkError.addressInUse(listener.address)) {
        _ = try await network.listen(listener.address) { EchoPeer($0) }
      }
    }
  }

  @Test(arguments: ["", "host", "127.0.0.1", "127.0.0.1:", ":1", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80", "[]:1"])
  func whatIsNoAddressIsRefused(text: String) async throws {
    try await withSockets(loops: 1) { network in
      await #expect(throws: NetworkError.badAddress(text)) { _ = try await network.record(text, clock: clock) }
      await #expect(throws: NetworkError.badAddress(text)) { _ = try await network.listen(text) { EchoPeer($0) } }
    }
  }

  @Test func localhostAndIPv6LiteralsWork() async throws {
    try await withSockets { network in
      var names = ["localhost:0"]
      if hasIPv6 { names.append("[::1]:0") }
      for name in names {
        let listener = try await network.listen(name) { EchoPeer($0) }
        #expect(listener.address.hasPrefix(name == "[::1]:0" ? "[::1]:" : "127.0.0.1:"))
        let client = try await network.record(listener.address, clock: clock)
        await client.send([1, 2, 3])
        await client.waitFor(byteCount: 3)
        #expect(await client.bytes == [1, 2, 3])
        #expect(client.link.peerAddress == listener.address)
      }
    }
  }

  @Test func aNameIsLookedUpOffTheLoop() async throws {
    try await withSockets { network in
      let listener = try await network.listen("127.0.0.1:0") { EchoPeer($0) }
      let port = listener.address.split(separator: ":").last ?? ""
      await #expect(throws: NetworkError.badAddress("no-such-host.invalid:\(port)")) {
        _ = try await network.record("no-such-host.invalid:\(port)", clock: clock)
      }
    }
  }

  @Test func aClosedListenerLeavesOpenLinksAlone() async throws {
    try await withSockets { network in
      let listener = try await network.listen("127.0.0.1:0") { EchoPeer($0) }
      let client = try await network.record(listener.address, clock: clock)
      await listener.close()
      await client.send([5])
      await client.waitFor(byteCount: 1)
      #expect(await client.bytes == [5])
    }
  }

  private var hasIPv6: Bool {
    let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_addr = in6addr_loopback
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
      }
    }
  }

  /// A listening socket that nobody accepts from, with the shortest queue there is.
  private func fullListener() -> (Int32, String) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, size)
        _ = listen(descriptor, 0)
        _ = getsockname(descriptor, $0, &size)
      }
    }
    return (descriptor, "127.0.0.1:\(UInt16(bigEndian: address.sin_port))")
  }
}
