import Foundation
import SocketTransport
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// A file system of few bytes, in a namespace that a process has for itself.
private enum SmallDisk {
  /// Mounts it on `$0`, puts a file into it that can be taken away later, and becomes the program.
  private static let script =
    "mount -t tmpfs -o size=220m none \"$0\" && head -c 80m /dev/zero >\"$0/ballast\" && exec \"$@\""

  static func prefix(_ directory: String) -> [String] { ["unshare", "-rm", "sh", "-c", script, directory] }

  /// Whether this user may make one: some containers forbid it.
  static let works = Command.succeeds(prefix(place.path) + ["true"])

  private static let place = TemporaryDirectory()
}

extension ClusterSuite {
  /// A shard as a process whose disk runs full, and has room again.
  @Suite(.enabled(if: SmallDisk.works, "no file system can be mounted here")) struct FullDiskTests {
    private static let dimension = 4096
    private static let schema = CollectionSchema(
      embeddingDimension: dimension, rerankDimension: 0, attributes: [])
    /// Bytes of a batch: about 1 MiB.
    private static let batch: UInt64 = 64

    private func upsert(_ number: UInt64) -> UpsertRequest {
      let ids = Array(number * Self.batch..<(number + 1) * Self.batch)
      var random = SeededRandom(seed: number)
      // What cannot be compressed.
      let values = (0..<Self.dimension).map { _ in Float(Int32(truncatingIfNeeded: random.next())) / 2_147_483_648 }
      return UpsertRequest(
        collection: "shop", generation: Generation(1), writer: 1, op: number, embeddingDimension: Self.dimension,
        rerankDimension: 0, ids: ids, expectedVersions: ids.map { _ in 0 }, attributes: .empty(rowCount: ids.count),
        embeddings: ids.flatMap { id in values.map { $0 * Float(1 + id % Self.batch) } }, rerank: [])
    }

    private func refusal(_ shard: Asker, _ request: UpsertRequest) async throws -> WireError? {
      do {
        #expect(try await shard.ask(request, epoch: 1).durability == .disk)
        return nil
      } catch CallError.refused(let error) { return error }
    }

    @Test func aFullDiskRefusesUpsertsOnlyAndOpensWhenThereIsRoom() async throws {
      let data = TemporaryDirectory()
      let loops = try EventLoopGroup(loopCount: 1)
      let process = try ProgramProcess(
        "winnowd",
        ["shard", "--listen", ProgramProcess.lastingAddress, "--data-dir", "\(data.path)/shard", "--threads", "1"],
        prefix: SmallDisk.prefix(data.path))
      defer { process.stop() }
      let shard = try await LoneShard.connect(try await process.address(), loops, schema: Self.schema)
      var number: UInt64 = 1
      var error = try await refusal(shard, upsert(number))
      while error == nil, number < 300 {
        number += 1
        error = try await refusal(shard, upsert(number))
      }
      let full = try #require(error)
      #expect(full.code == .storageFull && full.shard == 0)
      for part in ["shard 0", "\(data.path)/shard", "64 MiB", "deletions pass"] { #expect(full.message.contains(part)) }
      #expect(number > 60, "two files of the log were there")
      let admin = try await process.adminAddress()
      #expect(try await HTTPAnswer.get(admin, "/readyz")?.body.contains("takes no writes: the disk of") == true)
      #expect(try await shard.ask(StatusRequest(), epoch: 1).state == .diskFull)

      // What is there is found, and what is deleted is gone.
      let search = SearchRequest(
        collection: "shop", generation: Generation(1), limit: 1000, query: [Float](repeating: 1, count: Self.dimension))
      let kept = (number - 1) * Self.batch
      #expect(try await shard.ask(search, epoch: 1).owned == kept)
      let gone = Array(Self.batch..<Self.batch + 10)
      let deleted = try await shard.ask(
        DeleteRequest(
          collection: "shop", generation: Generation(1), writer: 2, op: 1, ids: gone,
          expectedVersions: gone.map { _ in 0 }), epoch: 1)
      #expect(deleted.durability == .disk && deleted.statuses.allSatisfy { $0 == .deleted })
      #expect(try await shard.ask(search, epoch: 1).owned == kept - 10)
      #expect(try await refusal(shard, upsert(number))?.code == .storageFull)

      // Room comes back; nobody has to tell the shard.
      #expect(unlink("/proc/\(process.pid)/root\(data.path)/ballast") == 0)
      for _ in 0..<1200 {
        error = try await refusal(shard, upsert(number))
        if error == nil { break }
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(error == nil)
      #expect(try await shard.ask(search, epoch: 1).owned == kept - 10 + Self.batch)
      for _ in 0..<1200 where !process.errors.contains("takes writes again") {
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(try await HTTPAnswer.get(admin, "/readyz")?.body == "ready\n")
      #expect(try await shard.ask(StatusRequest(), epoch: 1).state == .ready)
      #expect(
        process.errors.split(separator: "\n").count { $0.contains("takes no writes") && !$0.contains("ready") } == 1)
      #expect(process.errors.split(separator: "\n").count { $0.contains("takes writes again") } == 1)
      process.signal(SIGTERM)
      #expect(try await process.exitCode() == 0)
      await shard.connection.close()
      await loops.shutdown()
    }
  }
}
