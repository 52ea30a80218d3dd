import FoundationEssentials
import Glibc
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// What the programs tell their parent.
  @Suite struct CommandLineTests {
    private func winnow(_ arguments: String...) async throws -> (code: Int32, output: String, errors: String) {
      let process = try ProgramProcess("winnow", arguments)
      return (try await process.exitCode(within: 60), process.output, process.errors)
    }

    @Test func mistakesAreUsageErrorsThatNameTheNearest() async throws {
      for arguments in [["query", "--usr", "7"], ["qury"], ["query", "--k", "many"], ["feed"]] {
        let process = try ProgramProcess("winnow", arguments)
        #expect(try await process.exitCode() == 2)
        #expect(!process.errors.isEmpty && process.output.isEmpty)
      }
      #expect(try await winnow("query", "--usr", "7").errors.contains("--user"))
      let node = try ProgramProcess("winnowd", ["shard", "--memory-only", "--lisen", "127.0.0.1:0"])
      #expect(try await node.exitCode() == 2)
      #expect(node.errors.contains("--listen"))
      let open = try ProgramProcess("winnowd", ["shard", "--memory-only", "--listen", "0.0.0.0:0"])
      #expect(try await open.exitCode() == 2)
      #expect(open.errors.contains("--insecure-listen"))
    }

    @Test func aShardIsToldWhereItKeepsItems() async throws {
      let none = try ProgramProcess("winnowd", ["shard", "--listen", "127.0.0.1:0"])
      #expect(try await none.exitCode() == 2)
      #expect(none.errors.contains("--data-dir DIR") && none.errors.contains("--memory-only"))
      let both = try ProgramProcess("winnowd", ["shard", "--memory-only", "--data-dir", "/nowhere"])
      #expect(try await both.exitCode() == 2)
    }

    @Test func helpAndVersionSucceed() async throws {
      for program in ["winnow", "winnowd"] {
        for flag in ["--help", "--version"] {
          let process = try ProgramProcess(program, [flag])
          #expect(try await process.exitCode() == 0)
          #expect(process.output.contains(program) && process.errors.isEmpty)
        }
      }
      #expect(try await winnow("query", "--help").code == 0)
    }

    @Test func nobodyThereIsUnreachable() async throws {
      #expect(try await winnow("--coordinator", "127.0.0.1:1", "cluster", "status").code == 5)
    }

    @Test func anInterruptIs130() async throws {
      // A listener that never answers keeps the program waiting.
      let mute = MuteListener()
      defer { mute.close() }
      let process = try ProgramProcess(
        "winnow", ["--coordinator", "127.0.0.1:\(mute.port)", "--timeout", "60s", "cluster", "status"])
      try await mute.waitForPeer()
      process.signal(SIGINT)
      #expect(try await process.exitCode() == 130)
    }

    @Test func queriesFollowTheirCoverage() async throws {
      let shop = try LoopbackTests.shop(200)
      try await ProcessCluster.run { cluster in
        try await cluster.fill(shop)
        let query = ["--coordinator", cluster.address, "--timeout", "20s", "query", "--user", "7", "--format", "json"]
        let full = try ProgramProcess("winnow", query + ["--min-coverage", "1"])
        #expect(try await full.exitCode() == 0)
        let request = { () -> RankRequest in
          var request = RankRequest(collection: "shop", k: 10, depth: 100)
          request.user = UserID(7)
          return request
        }()
        let best = try #require(try shop.twin.answer(request)?.results.ids.first)
        #expect(full.output.contains("\(best)"))

        cluster.shard(0).signal(SIGKILL)
        try await cluster.waitUntil("the dead shard is down") { $0.shards[0].state == .down }
        let partial = try ProgramProcess("winnow", query)
        #expect(try await partial.exitCode() == 0)
        let picky = try ProgramProcess("winnow", query + ["--min-coverage", "1"])
        #expect(try await picky.exitCode() == 3, "\(picky.output)\(picky.errors)")
        let wrong = try ProgramProcess("winnow", query + ["--filter", "nope = 1"])
        #expect(try await wrong.exitCode() == 1)
      }
    }
  }
}

/// A listener on loopback that accepts in the kernel's queue and never says a word.
private struct MuteListener {
  let descriptor: Int32
  let port: UInt16

  init() {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        precondition(bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0, "no listener: errno \(errno)")
        getsockname(descriptor, $0, &length)
      }
    }
    port = UInt16(bigEndian: address.sin_port)
  }

  /// Waits until somebody has connected.
  func waitForPeer() async throws {
    for _ in 0..<3000 {
      var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      if Glibc.poll(&poll, 1, 0) > 0 { return }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  func close() { _ = Glibc.close(descriptor) }
}
