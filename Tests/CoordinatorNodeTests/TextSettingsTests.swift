import CoordinatorNode
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// Text settings of a collection on their way through a coordinator: checked, kept, told again.
@Suite struct TextSettingsTests {
  private static let text = TextSettings(
    language: "english", k1: 0.5,
    fields: [
      .init(attribute: "title", weight: 1, b: 0.6, average: 7.25),
      .init(attribute: "brand", weight: 0.5, b: 0, average: 1),
    ])

  private static func schema(_ text: TextSettings? = text) throws -> CollectionSchema {
    try #require(TestCluster.schema?.searched(by: text))
  }

  private static func create(_ text: TextSettings? = text) throws -> CollectionCreateRequest {
    CollectionCreateRequest(name: "shop", schema: try schema(text))
  }

  private func described(_ cluster: TestCluster, version: UInt16 = 2) throws -> CollectionSchema? {
    try cluster.ask(CollectionDescribeRequest(name: "shop"), version: version).collections.first?.schema
  }

  private func refusal<Request: RequestMessage>(_ request: Request, _ cluster: TestCluster) -> WireError? {
    do {
      _ = try cluster.ask(request)
      return nil
    } catch { return error as? WireError }
  }

  @Test func settingsAreKeptAndToldOverRestarts() throws {
    let cluster = try TestCluster(shardCount: 2)
    #expect(try cluster.ask(try Self.create()).isCreated)
    #expect(try !cluster.ask(try Self.create()).isCreated)
    #expect(try described(cluster) == Self.schema())
    try cluster.restart()
    cluster.greet()
    #expect(try described(cluster) == Self.schema())
    // A client that knows no words is told the rest.
    #expect(try described(cluster, version: 1) == TestCluster.schema)
    #expect(cluster.code(try Self.create(nil)) == .conflict)
    #expect(cluster.code(CollectionCreateRequest(name: "shop", schema: try #require(TestCluster.schema))) == .conflict)
    let other = TextSettings(language: "english", fields: Self.text.fields)
    #expect(cluster.code(try Self.create(other)) == .conflict)
  }

  @Test func aShardThatComesEmptyIsGivenTheSettings() throws {
    let cluster = try TestCluster(shardCount: 1)
    _ = try cluster.ask(try Self.create())
    cluster.shards[0].restart()
    cluster.greet()
    let (shard, executor, body) = (cluster.shards[0], cluster.executor, CollectionDescribeRequest(name: "shop").body)
    let reply = try executor.run {
      try await shard.call(
        OutboundRequest(
          .collectionDescribe, body: body, deadline: executor.clock.now().advanced(microseconds: 1_000_000)), claim: 0)
    }
    let held = try CollectionDescribeResponse(body: reply.message.body, version: body.version)
    #expect(held.collections.first?.schema == (try Self.schema()))
  }

  @Test func aGenerationBringsItsOwnSettings() throws {
    let cluster = try TestCluster(shardCount: 2)
    _ = try cluster.ask(try Self.create(nil))
    let stage = GenerationRequest(collection: "shop", step: .stage(try Self.schema()))
    let staged = try #require(try cluster.ask(stage).generations.first { $0.state == .staged })
    #expect(try described(cluster) == TestCluster.schema)
    let step = GenerationRequest.Step.activate(staged.generation, content: ItemDigest())
    _ = try cluster.ask(GenerationRequest(collection: "shop", step: step))
    #expect(try described(cluster) == Self.schema())
  }

  @Test(arguments: [("klingon", 1 as UInt32, 0), ("English-2", 1, 0), ("english", 2, 8), ("none", .max, 5)])
  func whatCannotBeAnalysedIsRefusedAtItsPlace(language: String, version: UInt32, behind: Int) throws {
    let cluster = try TestCluster(shardCount: 2)
    let text = TextSettings(language: language.lowercased(), analysisVersion: version, fields: Self.text.fields)
    let create = try Self.create(text)
    let refused = refusal(create, cluster)
    #expect(refused?.code == .unknownAnalysis && refused?.message.isEmpty == false)
    let place = try #require(create.body(version: 2).bytes.firstRange(of: Array(language.lowercased().utf8)))
    #expect(refused?.fieldOffset == UInt32(place.lowerBound - 1 + behind))
    #expect(try cluster.ask(CollectionDescribeRequest(name: nil)).collections.isEmpty)

    _ = try cluster.ask(try Self.create(nil))
    let stage = GenerationRequest(collection: "shop", step: .stage(try Self.schema(text)))
    #expect(refusal(stage, cluster)?.code == .unknownAnalysis)
    #expect(try cluster.ask(GenerationRequest(collection: "shop", step: .list)).generations.count == 1)
  }

  @Test func theCatalogueHasItsOldBytesWithoutWords() throws {
    var catalogue = CollectionCatalogue(incarnation: Bytes16(low: 1, high: 2))
    let plain = CollectionCatalogue.Record(
      generation: try catalogue.takeGeneration(), schema: try #require(TestCluster.schema))
    catalogue.collections["a"] = .init(active: plain)
    #expect(catalogue.bytes.first == 3)
    let worded = CollectionCatalogue.Record(generation: try catalogue.takeGeneration(), schema: try Self.schema())
    catalogue.collections["b"] = .init(active: worded, staged: plain, previous: worded)
    #expect(catalogue.bytes.first == 4)
    #expect(try CollectionCatalogue(bytes: catalogue.bytes) == catalogue)
    for count in catalogue.bytes.indices {
      #expect(throws: WireError.self) { try CollectionCatalogue(bytes: Array(catalogue.bytes.prefix(count))) }
    }
  }

  @Test func theDirectoryWithWordsOpens() throws {
    let golden = GoldenFolder("coordinator-2")
    if GoldenFolder.isWanted {
      let cluster = try TestCluster(shardCount: 2)
      _ = try cluster.ask(try Self.create())
      for (path, size) in cluster.disk.sizes where !path.hasSuffix("/owner") && !path.contains("cluster-log") {
        try golden.write(
          String(path.dropFirst("/data/".count)), try #require(try cluster.disk.read(path, limit: size)))
      }
    }
    let disk = MemoryDisk()
    try disk.makeDirectory("/data")
    for (name, bytes) in try golden.files() { try disk.replace("/data/\(name)", with: bytes) }
    #expect(try described(try TestCluster(shardCount: 2, disk: disk)) == Self.schema())
  }
}
