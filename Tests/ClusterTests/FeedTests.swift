import FoundationEssentials
import Glibc
import Placement
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// `winnow feed` and `winnow item update` as processes beside a cluster.
  @Suite struct FeedTests {
    private let directory = TemporaryDirectory()

    private static let schema = CollectionSchema(
      embeddingDimension: 2, rerankDimension: 0,
      attributes: [
        AttributeDefinition(name: "price", type: .float), AttributeDefinition(name: "stock", type: .int),
        AttributeDefinition(name: "brand", type: .keyword),
      ])

    private func file(_ name: String, _ text: String) throws -> String {
      let path = "\(directory.path)/\(name)"
      try Data(text.utf8).write(to: URL(filePath: path))
      return path
    }

    private func prepare(_ cluster: ProcessCluster) async throws -> Asker {
      try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
      let asker = try await cluster.connect()
      for _ in 0..<1200 {
        do {
          try await asker.ask(CollectionCreateRequest(name: "shop", schema: try #require(Self.schema)))
          return asker
        } catch CallError.refused(let error) where error.code == .noReplica {
          try await Task.sleep(for: .milliseconds(50))
        }
      }
      throw ProgramProcess.Unexpected(description: "no collection")
    }

    /// Runs `winnow` and gives its code, its standard output as JSON, and its standard error.
    private func winnow(
      _ cluster: ProcessCluster, _ arguments: String...
    ) async throws -> (code: Int32, output: String, errors: String) {
      let process = try ProgramProcess(
        "winnow", ["--coordinator", cluster.address, "--format", "json", "--timeout", "20s"] + arguments)
      return (try await process.exitCode(within: 120), process.output, process.errors)
    }

    private func stored(_ asker: Asker, _ ids: [UInt64]) async throws -> GetResponse {
      var get = GetRequest(collection: "shop", ids: ids)
      get.attributes = .all
      get.wantsEmbeddings = true
      return try await asker.ask(get)
    }

    @Test func filesOfEveryFormUpdatesAndDeletionsArriveAsTheySay() async throws {
      try await ProcessCluster.run(shardCount: 2) { cluster in
        let asker = try await prepare(cluster)
        let table = (1...200).map { "\($0)\t\(Double($0) / 4)\t\($0 % 7)\tb\($0 % 3)\t\($0) 1\n" }.joined()
        let path = try file("items.tsv.gz", "")
        try Data(gzip(Array(("id\tprice\tstock\tbrand\tembedding\n" + table).utf8))).write(to: URL(filePath: path))
        let fed = try await winnow(cluster, "feed", path, "--complete", "--batch", "30")
        #expect(fed.code == 0, "\(fed.errors)")
        #expect(fed.output.contains(#""items_inserted": 200"#) && fed.output.contains(#""completed": true"#))
        #expect(fed.output.contains(#""durable": false"#), "these shards keep items in memory only")

        let changes = try file(
          "changes.jsonl",
          """
          {"id": 1, "price": 99.5}
          {"id": 2, "stock": null, "brand": "new"}
          {"id": 3, "delete": true}
          {"id": 777, "price": 1}
          {"id": 4, "price": 5, "version": 12345}
          {"id": 5, "prise": 5}
          {"id": 777, "delete": true}
          """)
        let rejects = "\(directory.path)/rejects"
        let partial = try await winnow(cluster, "feed", changes, "--partial", "--reject", rejects)
        #expect(partial.code == 1)
        for part in [
          #""items_updated": 2"#, #""items_deleted": 1"#, #""items_absent": 1"#, #""items_rejected": 2"#,
          #""bad_lines": 1"#,
        ] { #expect(partial.output.contains(part), "\(part) in \(partial.output)") }
        let lines = String(decoding: try Data(contentsOf: URL(filePath: rejects)), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 3)
        for line in ["\"line\": 4", "\"line\": 5", "\"line\": 6"] {
          #expect(lines.contains { $0.contains(line) }, "\(line) in \(lines)")
        }
        let found = try await stored(asker, [1, 2, 3, 4, 777])
        #expect(found.ids == [1, 2, 4] && found.embeddings == [1, 1, 2, 1, 4, 1])
        #expect((0..<3).map { found.attributes.value(row: $0, column: 0) } == [.float(99.5), .float(0.5), .float(1)])
        #expect((0..<3).map { found.attributes.value(row: $0, column: 1) } == [.int(1), nil, .int(4)])
        #expect(
          (0..<3).map { found.attributes.value(row: $0, column: 2) } == [
            .keyword("b1"), .keyword("new"), .keyword("b1"),
          ])

        let version = try #require(found.versions.first)
        let update = try await winnow(cluster, "item", "update", "1", "stock=-3", "--remove", "brand")
        #expect(update.code == 0 && update.output.contains(#""durable": false"#))
        #expect(try await winnow(cluster, "item", "update", "1", "stock=5", "--expect-version", "\(version)").code == 7)
        #expect(try await winnow(cluster, "item", "update", "999", "stock=5").code == 1)
        #expect(try await winnow(cluster, "item", "update", "1", "stock=many").code == 2)
        let updated = try await stored(asker, [1])
        #expect(updated.attributes.value(row: 0, column: 1) == .int(-3))
        #expect(updated.attributes.value(row: 0, column: 2) == nil)

        let wrong = try file("wrong.jsonl", String(repeating: "{\"id\": 1}\n", count: 50))
        let stopped = try await winnow(cluster, "feed", wrong, "--reject-max", "10")
        #expect(stopped.code == 1 && stopped.output.contains(#""bad_lines": 11"#), "\(stopped.output)")
      }
    }

    @Test func aKilledFeedGoesOnAndAppliesNothingTwice() async throws {
      try await ProcessCluster.run(shardCount: 2) { cluster in
        let asker = try await prepare(cluster)
        let count = 5000
        let path = try file(
          "items.jsonl", (1...count).map { "{\"id\": \($0), \"price\": \($0), \"embedding\": [\($0), 1]}\n" }.joined())
        let resume = "\(directory.path)/resume"
        let arguments = ["feed", path, "--batch", "10", "--writers", "3", "--resume", resume]
        for kills in 1...3 {
          let feed = try ProgramProcess("winnow", ["--coordinator", cluster.address] + arguments)
          while feed.isAlive, Self.lineCount(resume) < 15 + 20 * kills { try await Task.sleep(for: .milliseconds(2)) }
          feed.signal(SIGKILL)
          #expect(try await feed.exitCode() == 128 + SIGKILL)
        }
        let other = try await winnow(cluster, "feed", path, "--batch", "20", "--resume", resume)
        #expect(other.code == 7, "other flags cut other batches")
        let last = try ProgramProcess(
          "winnow", ["--coordinator", cluster.address, "--format", "json"] + arguments)
        #expect(try await last.exitCode(within: 120) == 0, "\(last.errors)")
        #expect(!last.output.contains(#""items_skipped": 0,"#))
        #expect(Self.lineCount(resume) == 0, "a whole feed leaves nothing to go on with")

        // A slot gives versions 1, 2, 3 … to what is applied: with each item once, as many as it has items.
        let found = try await stored(asker, (1...UInt64(count)).map { $0 })
        #expect(found.ids == Array(1...UInt64(count)))
        var items: [Slot: UInt64] = [:]
        var versions: [Slot: UInt64] = [:]
        for (row, id) in found.ids.enumerated() {
          items[slot(of: ItemID(id)), default: 0] += 1
          versions[slot(of: ItemID(id))] = max(versions[slot(of: ItemID(id))] ?? 0, found.versions[row])
          #expect(found.embeddings[2 * row] == Float(id))
        }
        #expect(items == versions)
      }
    }

    private static func lineCount(_ path: String) -> Int {
      (try? Data(contentsOf: URL(filePath: path)))?.count { $0 == 0x0A } ?? 0
    }
  }
}
