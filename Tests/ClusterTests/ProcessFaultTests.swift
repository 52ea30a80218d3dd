import Foundation
import Glibc
import SocketTransport
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// What the system does to a process: signals, streams that are closed, descriptors that run short.
  @Suite struct ProcessFaultTests {
    /// Starts a program without standard streams.
    private static let withoutStreams = ["/bin/sh", "-c", "exec \"$@\" 0<&- 1>&- 2>&-", "sh"]

    private func ping(_ address: String) async throws -> Int32 {
      try await ProgramProcess("winnow", ["--coordinator", address, "ping", "--count", "1"]).exitCode()
    }

    @Test func signalsWithoutAMeaningLeaveANodeAtWork() async throws {
      let shard = try ProgramProcess("winnowd", ["shard", "--memory-only", "--listen", ProgramProcess.lastingAddress])
      defer { shard.stop() }
      let address = try await shard.address()
      for (signal, name) in [(SIGHUP, "SIGHUP"), (SIGUSR1, "SIGUSR1"), (SIGUSR2, "SIGUSR2")] {
        shard.signal(signal)
        for _ in 0..<3000 where !shard.errors.contains(name) { try await Task.sleep(for: .milliseconds(20)) }
        #expect(shard.errors.contains("signal without effect"), "\(shard.errors)")
        #expect(shard.errors.contains(name), "\(shard.errors)")
      }
      shard.signal(SIGPIPE)
      shard.signal(SIGXFSZ)
      #expect(try await ping(address) == 0)
      shard.signal(SIGTERM)
      #expect(try await shard.exitCode() == 0)
      #expect(shard.errors.contains("draining"))
    }

    /// A log line must not go into a socket or into a file of the data directory.
    @Test func closedStandardStreamsAreNoDescriptorsOfANode() async throws {
      let data = TemporaryDirectory()
      let free = try ListeningSocket("127.0.0.1:0")
      free.close()
      let shard = try ProgramProcess(
        "winnowd", ["shard", "--data-dir", "\(data.path)/shard", "--listen", free.address],
        prefix: Self.withoutStreams)
      defer { shard.stop() }
      var code: Int32 = -1
      for _ in 0..<1200 where code != 0 {
        code = try await ping(free.address)
        if code != 0 { try await Task.sleep(for: .milliseconds(50)) }
      }
      #expect(code == 0)
      for number in 0...2 {
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(shard.pid)/fd/\(number)")
        #expect(target == "/dev/null")
      }
      shard.signal(SIGTERM)
      #expect(try await shard.exitCode() == 0)
    }

    @Test func aVerbWithoutStandardOutputFailsAsBefore() async throws {
      let shard = try ProgramProcess("winnowd", ["shard", "--memory-only", "--listen", ProgramProcess.lastingAddress])
      defer { shard.stop() }
      let address = try await shard.address()
      let verb = ["--coordinator", address, "echo", "hello"]
      #expect(try await ProgramProcess("winnow", verb, prefix: Self.withoutStreams).exitCode() == 1)
      let told = try ProgramProcess("winnow", verb, prefix: ["/bin/sh", "-c", "exec \"$@\" 1>&-", "sh"])
      #expect(try await told.exitCode() == 1)
      #expect(told.errors.contains("standard output"), "\(told.errors)")
    }

    private static let dimension = 4096

    /// A batch of about 1 MiB that cannot be compressed.
    private func upsert(_ number: UInt64) -> UpsertRequest {
      let ids = Array(number * 64..<(number + 1) * 64)
      var random = SeededRandom(seed: number)
      let row = (0..<Self.dimension).map { _ in Float(Int32(truncatingIfNeeded: random.next())) / 2_147_483_648 }
      let values = ids.flatMap { id in row.map { $0 * Float(1 + id % 64) } }
      return UpsertRequest(
        collection: "shop", generation: Generation(1), writer: 1, op: number, embeddingDimension: Self.dimension,
        rerankDimension: 0, ids: ids, expectedVersions: ids.map { _ in 0 }, attributes: .empty(rowCount: ids.count),
        embeddings: values, rerank: [])
    }

    /// A connection that has said hello; `nil` if it was turned away.
    private func connection(_ address: String, _ loops: EventLoopGroup) async -> ClientConnection? {
      let opened = try? await ClientConnection.open(
        address, over: SocketNetwork(group: loops),
        configuration: ClientConfiguration(identity: NodeIdentity(role: .client)),
        random: SystemRandom(), deadline: loops.loops[0].clock.now().advanced(microseconds: 20_000_000))
      guard let opened, (try? await opened.ready()) != nil else { return nil }
      return opened
    }

    private func metric(_ name: String, _ shard: Asker) async throws -> Double {
      let lines = try await shard.ask(MetricsRequest()).text.split(separator: "\n")
      return lines.first { $0.hasPrefix(name + " ") }.flatMap { Double($0.dropFirst(name.count + 1)) } ?? -1
    }

    /// Idle connections that nearly take all descriptors: the shard keeps some for its files, and writes a checkpoint.
    @Test func connectionsLeaveDescriptorsToTheDisk() async throws {
      let data = TemporaryDirectory()
      let loops = try EventLoopGroup(loopCount: 1)
      let process = try ProgramProcess(
        "winnowd",
        ["shard", "--listen", ProgramProcess.lastingAddress, "--data-dir", "\(data.path)/shard", "--threads", "1"],
        prefix: ["/usr/bin/prlimit", "--nofile=64"])
      defer { process.stop() }
      let address = try await process.address()
      #expect(process.errors.contains("fewer descriptors than --connections needs"), "\(process.errors)")
      let schema = CollectionSchema(embeddingDimension: Self.dimension, rerankDimension: 0, attributes: [])
      let shard = try await LoneShard.connect(address, loops, schema: schema)
      var idle: [ClientConnection] = []
      for _ in 0..<60 { if let connection = await connection(address, loops) { idle.append(connection) } }
      #expect(idle.count > 10 && idle.count < 50)
      for _ in 0..<3000 where try await metric("winnow_connections_turned_away_total", shard) < 10 {
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(try await metric("winnow_connections_turned_away_total", shard) >= 10)
      #expect(try await metric("process_open_fds", shard) <= 60)
      for number in 1...80 { #expect(try await shard.ask(upsert(UInt64(number)), epoch: 1).durability == .disk) }
      for _ in 0..<3000 where try await metric("winnow_checkpoint_seconds_count", shard) < 1 {
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(try await metric("winnow_checkpoint_seconds_count", shard) >= 1)
      #expect(try await metric("winnow_checkpoint_failures_total", shard) == 0)
      process.signal(SIGTERM)
      #expect(try await process.exitCode() == 0)
      for connection in idle + [shard.connection] { await connection.close() }
      await loops.shutdown()
    }
  }
}
