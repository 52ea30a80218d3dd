import Foundation
import Glibc
import Placement
import SocketTransport
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// A durable shard as a process, killed amid writes.
  @Suite struct KillTests {
    private static let isFull = ProcessInfo.processInfo.environment["WINNOW_FULL"] != nil

    private let data = TemporaryDirectory()

    private func start() throws -> ProgramProcess {
      try ProgramProcess(
        "winnowd", ["shard", "--listen", "127.0.0.1:0", "--data-dir", "\(data.path)/shard", "--threads", "1"])
    }

    private func connect(_ address: String, _ loops: EventLoopGroup) async throws -> Asker {
      let loop = loops.loops[0]
      let connection = try await ClientConnection.open(
        address, over: SocketNetwork(group: loops),
        configuration: ClientConfiguration(identity: NodeIdentity(role: .coordinator)), random: SystemRandom(),
        deadline: loop.clock.now().advanced(microseconds: 20_000_000))
      _ = try await connection.ready()
      let asker = Asker(connection: connection, clock: loop.clock)
      let map = try ShardMap.first(clusterID: Array(repeating: 7, count: 16), addresses: ["127.0.0.1:7701"])
      try await asker.ask(ShardMapRequest(.install(map, as: ShardID(0))))
      try await asker.ask(
        CollectionCreateRequest(generation: Generation(1), name: "shop", schema: try #require(DurableWriter.schema)))
      return asker
    }

    @Test(.timeLimit(.minutes(20))) func noKillLosesWhatWasAcknowledged() async throws {
      let loops = try EventLoopGroup(loopCount: 1)
      var random = SeededRandom(seed: 5)
      var writers = (1...4 as ClosedRange<UInt64>).map { DurableWriter($0, seed: 5) }
      var incarnation: Bytes16?
      for kill in 1...(Self.isFull ? 200 : 20) {
        let process = try start()
        let shard = try await connect(try await process.address(), loops)
        let status = try await shard.ask(StatusRequest())
        #expect(incarnation == nil || status.incarnation == incarnation)
        incarnation = status.incarnation
        for index in writers.indices {
          try await writers[index].verify(shard, "before kill \(kill)")
          try #require(await writers[index].sendAgain(to: shard))
          try await writers[index].verify(shard, "before kill \(kill), sent again")
        }
        let delay = 1000 + random.next() % 150_000
        writers = await withTaskGroup(of: DurableWriter?.self) { group in
          for writer in writers {
            group.addTask {
              var writer = writer
              await writer.write(to: shard)
              return writer
            }
          }
          group.addTask {
            try? await Task.sleep(for: .microseconds(delay))
            process.signal(SIGKILL)
            return nil
          }
          var ended: [DurableWriter] = []
          for await writer in group { if let writer { ended.append(writer) } }
          return ended
        }
        process.stop()
        await shard.connection.close()
      }
      #expect(writers.allSatisfy { $0.acknowledged > 20 })
      await loops.shutdown()
    }

    @Test func aSecondProcessAndADamagedDirectoryAreRefused() async throws {
      let first = try start()
      _ = try await first.address()
      let second = try start()
      #expect(try await second.exitCode() == 74)
      #expect(second.errors.contains("another process uses it"))
      first.signal(SIGTERM)
      #expect(try await first.exitCode() == 0)
      try FileManager.default.removeItem(atPath: "\(data.path)/shard/log-1")
      let third = try start()
      #expect(try await third.exitCode() == 74)
      #expect(third.errors.contains("log-1 is damaged"))
    }
  }
}
