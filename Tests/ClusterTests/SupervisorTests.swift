import Foundation
import Glibc
import Support
import Testing

extension ClusterSuite {
  /// What a node says to the supervisor that has started it.
  @Suite struct SupervisorTests {
    /// The socket of a supervisor.
    private final class Listener {
      let path: String
      private let folder = TemporaryDirectory()
      private let descriptor: Int32

      init() throws {
        path = "\(folder.path)/notify"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        try #require(bytes.count < MemoryLayout.size(ofValue: address.sun_path))
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let status = withUnsafePointer(to: &address) {
          $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
          }
        }
        try #require(status == 0, "errno \(errno)")
      }

      deinit { close(descriptor) }

      /// The next news, if there is one.
      func next() -> String? {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
      }

      /// Waits for news that begin like this.
      func news(_ beginning: String) async throws -> String {
        for _ in 0..<3000 {
          while let news = next() { if news.hasPrefix(beginning) { return news } }
          try await Task.sleep(for: .milliseconds(20))
        }
        throw ProgramProcess.Unexpected(description: "never: \(beginning)")
      }
    }

    private static func shard(_ environment: [String: String]) throws -> ProgramProcess {
      try ProgramProcess(
        "winnowd", ["shard", "--memory-only", "--listen", "127.0.0.1:0", "--threads", "1"], environment: environment)
    }

    @Test func aNodeSaysThatItServesThatItLivesAndThatItStops() async throws {
      let listener = try Listener()
      let shard = try Self.shard(["NOTIFY_SOCKET": listener.path, "WATCHDOG_USEC": "200000"])
      let ready = try await listener.news("READY=1")
      #expect(try await ready == "READY=1\nSTATUS=listening on \(shard.address())")
      for _ in 0..<3 { #expect(try await listener.news("WATCHDOG=1") == "WATCHDOG=1") }
      // A node whose threads stand still gives no sign of life.
      try await shard.pause()
      while listener.next() != nil {}
      try await Task.sleep(for: .milliseconds(500))
      #expect(listener.next() == nil)
      shard.signal(SIGCONT)
      shard.signal(SIGTERM)
      #expect(try await listener.news("STOPPING=1") == "STOPPING=1\nSTATUS=draining")
      #expect(try await shard.exitCode(within: 60) == 0)
    }

    /// A watchdog that is meant for another process asks nothing of this one, and a supervisor that is gone stops nothing.
    @Test func aNodeServesWhereNoSupervisorListens() async throws {
      let listener = try Listener()
      let other = try Self.shard(["NOTIFY_SOCKET": listener.path, "WATCHDOG_USEC": "2000", "WATCHDOG_PID": "1"])
      _ = try await listener.news("READY=1")
      other.signal(SIGTERM)
      // What comes next is the end, not a sign of life.
      for _ in 0..<3000 {
        guard let news = listener.next() else {
          try await Task.sleep(for: .milliseconds(20))
          continue
        }
        #expect(news.hasPrefix("STOPPING=1"))
        break
      }
      #expect(try await other.exitCode(within: 60) == 0)
      let alone = try Self.shard(["NOTIFY_SOCKET": "/nowhere/notify", "WATCHDOG_USEC": "200000"])
      _ = try await alone.address()
      alone.signal(SIGTERM)
      #expect(try await alone.exitCode(within: 60) == 0)
    }
  }
}
