import Foundation
import Glibc
import SocketTransport
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// A durable shard as a process, killed amid writes.
  @Suite struct KillTests {
    private let data = TemporaryDirectory()

    private func start() throws -> ProgramProcess {
      try ProgramProcess(
        "winnowd",
        ["shard", "--listen", ProgramProcess.lastingAddress, "--data-dir", "\(data.path)/shard", "--threads", "1"])
    }

    @Test func noKillLosesWhatWasAcknowledged() async throws {
      let loops = try EventLoopGroup(loopCount: 1)
      var random = SeededRandom(seed: 5)
      var writers = (1...4 as ClosedRange<UInt64>).map { DurableWriter($0, seed: 5) }
      var incarnation: Bytes16?
      let kills = TestScale.count(20, full: 200)
      for kill in 1...kills {
        let process = try start()
        let shard = try await LoneShard.connect(
          try await process.address(), loops, schema: DurableWriter.schema)
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
      let (ops, items) = writers.reduce((0, 0)) { ($0.0 + $1.acknowledged, $0.1 + $1.acknowledgedItems) }
      TestScale.tell("\(kills) kills amid \(ops) acknowledged ops, which wrote or deleted \(items) items: none lost")
      if TestScale.isFull { #expect(items >= 100_000) }
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
      #expect(third.errors.contains("winnow snapshot restore DIRECTORY --missing"))
    }
  }
}
