import Foundation
import SocketTransport
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// What happens to data directories while a cluster is operated: they are removed, replaced, and given to another node.
  @Suite struct OperatingTests {
    private static let schema = CollectionSchema(embeddingDimension: 4, rerankDimension: 0, attributes: [])

    private func start(
      _ role: String, _ directory: String, listen: String = ProgramProcess.lastingAddress, _ flags: [String] = []
    )
      throws
      -> ProgramProcess
    {
      try ProgramProcess(
        "winnowd", [role, "--listen", listen, "--data-dir", directory, "--threads", "1"] + flags)
    }

    private func get(_ node: ProgramProcess, _ path: String) async throws -> HTTPAnswer {
      try #require(try await HTTPAnswer.get(try await node.adminAddress(), path))
    }

    /// Asks a node until its readiness speaks of something.
    private func readiness(_ node: ProgramProcess, saying words: String) async throws -> HTTPAnswer {
      var answer = try await get(node, "/readyz")
      for _ in 0..<1200 where !answer.body.contains(words) {
        try await Task.sleep(for: .milliseconds(50))
        answer = try await get(node, "/readyz")
      }
      #expect(answer.body.contains(words), "\(answer.body)")
      return answer
    }

    private func write(_ op: UInt64, to shard: Asker) async throws -> WriteResponse {
      try await shard.ask(
        UpsertRequest(
          collection: "shop", generation: Generation(1), writer: 1, op: op, embeddingDimension: 4, rerankDimension: 0,
          ids: [op], expectedVersions: [0], attributes: .empty(rowCount: 1), embeddings: [1, 2, 3, 4], rerank: []),
        epoch: 1)
    }

    private func end(_ node: ProgramProcess) async throws -> Int32 {
      node.signal(SIGTERM)
      return try await node.exitCode()
    }

    /// What is done to a directory under a node.
    enum Loss: CaseIterable {
      case removed, movedAway, replacedByACopy

      func happen(to path: String) throws {
        switch self {
        case .removed: try FileManager.default.removeItem(atPath: path)
        case .movedAway: try FileManager.default.moveItem(atPath: path, toPath: path + "-old")
        case .replacedByACopy:
          try FileManager.default.copyItem(atPath: path, toPath: path + "-copy")
          try FileManager.default.removeItem(atPath: path)
          try FileManager.default.moveItem(atPath: path + "-copy", toPath: path)
        }
      }
    }

    @Test(arguments: Loss.allCases) func aShardAcknowledgesNothingOnceItsDirectoryIsGone(loss: Loss) async throws {
      let data = TemporaryDirectory()
      let loops = try EventLoopGroup(loopCount: 1)
      let process = try start("shard", data.path + "/shard")
      defer { process.stop() }
      let shard = try await LoneShard.connect(try await process.address(), loops, schema: Self.schema)
      #expect(try await write(1, to: shard).durability == .disk)
      #expect(try await get(process, "/metrics").body.contains("\nwinnow_data_directory_in_place 1\n"))
      try loss.happen(to: data.path + "/shard")
      do {
        _ = try await write(2, to: shard)
        Issue.record("a write into a directory that is gone was acknowledged")
      } catch CallError.refused(let error) { #expect(error.code == .storageFailed) }
      let answer = try await readiness(process, saying: "removed or replaced")
      #expect(answer.status == 503)
      let metrics = try await get(process, "/metrics").body
      #expect(metrics.contains("\nwinnow_data_directory_in_place 0\n"))
      #expect(!metrics.contains("\nwinnow_disk_bytes 0"))
      // What is in memory can still be read.
      let found = try await shard.ask(
        SearchRequest(collection: "shop", generation: Generation(1), limit: 5, query: [1, 1, 1, 1]), epoch: 1)
      #expect(found.owned >= 1)
      #expect(try await end(process) == 74)
      #expect(process.errors.contains("removed or replaced"), "\(process.errors)")
      await shard.connection.close()
      await loops.shutdown()
    }

    @Test func aShardNoticesWithoutAWriteThatItsDirectoryIsGone() async throws {
      let data = TemporaryDirectory()
      let process = try start("shard", data.path + "/shard")
      defer { process.stop() }
      _ = try await process.address()
      try Loss.removed.happen(to: data.path + "/shard")
      _ = try await readiness(process, saying: "removed or replaced")
      #expect(try await end(process) == 74)
    }

    @Test func aCoordinatorKeepsNothingInADirectoryThatIsNotItsOwn() async throws {
      try await ProcessCluster.run(shardCount: 1) { cluster in
        try await cluster.waitUntil("the shard is up") { $0.shards.allSatisfy { $0.state == .up } }
        let coordinator = try cluster.coordinator
        try Loss.replacedByACopy.happen(to: cluster.data.path)
        _ = try await readiness(coordinator, saying: "removed or replaced")
        let client = try await cluster.connect()
        do {
          try await client.ask(CollectionCreateRequest(name: "shop", schema: try #require(Self.schema)))
          Issue.record("a collection was made in a directory that is gone")
        } catch CallError.refused(let error) { #expect(error.code == .storageFailed) }
        await client.connection.close()
        #expect(try await end(coordinator) == 74)
      }
    }

    /// Two shards and a coordinator, once up and then ended.
    private func cluster(_ data: String) async throws -> (shards: [String], cluster: String) {
      let shards = try (0...1).map { try start("shard", "\(data)/shard-\($0)") }
      var addresses: [String] = []
      for shard in shards { addresses.append(try await shard.address()) }
      let coordinator = try start(
        "coordinator", data + "/coordinator", ["--shards", addresses.joined(separator: ",")])
      var owners = ""
      for _ in 0..<1200 where !owners.contains("shard 1") {
        try await Task.sleep(for: .milliseconds(50))
        owners = (try? String(contentsOfFile: data + "/shard-1/owner", encoding: .utf8)) ?? ""
      }
      for node in [coordinator] + shards { #expect(try await end(node) == 0) }
      let owner = try String(contentsOfFile: data + "/coordinator/owner", encoding: .utf8)
      let cluster = try #require(owner.split(separator: " ").last).prefix { $0.isHexDigit }
      #expect(owners == "shard 1 of cluster \(cluster)\n")
      return (addresses, String(cluster))
    }

    private func files(of directory: String) throws -> [String: Data] {
      let names = try FileManager.default.contentsOfDirectory(atPath: directory)
      let files = names.compactMap { name in
        (try? Data(contentsOf: URL(filePath: "\(directory)/\(name)"))).map { (name, $0) }
      }
      return Dictionary(uniqueKeysWithValues: files)
    }

    @Test func aDirectoryOfAnotherNodeIsNamedAndLeftAsItIs() async throws {
      let data = TemporaryDirectory()
      let (shards, cluster) = try await cluster(data.path)
      let cases: [(role: String, directory: String, listen: String, owner: String)] = [
        ("coordinator", "shard-1", "127.0.0.1:0", "shard 1 of cluster \(cluster)"),
        ("shard", "coordinator", "127.0.0.1:0", "the coordinator of cluster \(cluster)"),
        ("shard", "shard-1", shards[0], "shard 1 of cluster \(cluster)"),
        ("shard", "shard-0", shards[1], "shard 0 of cluster \(cluster)"),
      ]
      for (role, name, listen, owner) in cases {
        let directory = "\(data.path)/\(name)"
        let before = try files(of: directory)
        let node = try start(role, directory, listen: listen, role == "coordinator" ? ["--shards", "127.0.0.1:9"] : [])
        #expect(try await node.exitCode() == 7, "\(role) on \(name)")
        #expect(node.errors.contains("is the data directory of \(owner)"), "\(node.errors)")
        #expect(try files(of: directory) == before, "\(role) on \(name)")
      }
      for (role, listen) in [("shard", shards[1]), ("coordinator", "127.0.0.1:0")] {
        let node = try start(role, "\(data.path)/\(role == "shard" ? "shard-1" : role)", listen: listen)
        _ = try await node.address()
        #expect(try await end(node) == 0)
      }
    }

    /// Behind an address that the map does not have, only the coordinator sees that directories were swapped.
    @Test func swappedDirectoriesAreNamedByTheCoordinator() async throws {
      let data = TemporaryDirectory()
      let (addresses, cluster) = try await cluster(data.path)
      let shards = try (0...1).map { index in
        try start(
          "shard", "\(data.path)/shard-\(1 - index)", listen: addresses[index].replacing("127.0.0.1", with: "localhost")
        )
      }
      for shard in shards { _ = try await shard.address() }
      let coordinator = try start("coordinator", data.path + "/coordinator")
      let answer = try await readiness(coordinator, saying: "that of shard 1 of cluster \(cluster)")
      #expect(answer.body.contains("shard 0 at \(addresses[0])"), "\(answer.body)")
      let status = try ProgramProcess(
        "winnow", ["--coordinator", try await coordinator.address(), "cluster", "status"])
      _ = try await status.exitCode()
      #expect(status.output.contains("its data is another shard's"), "\(status.output)")
      for node in [coordinator] + shards { #expect(try await end(node) == 0) }
    }
  }
}
