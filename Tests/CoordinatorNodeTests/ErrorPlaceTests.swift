import CoordinatorNode
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// What a coordinator refuses says the rule, and points at the field that breaks it.
@Suite struct ErrorPlaceTests {
  private func cluster() throws -> TestCluster {
    let cluster = try TestCluster(shardCount: 2)
    try cluster.createShop()
    _ = try cluster.ask(try TestCluster.upsert(TestCluster.items(20), op: 1))
    return cluster
  }

  private func refusal<Request: RequestMessage>(_ request: Request, _ cluster: TestCluster) -> WireError? {
    do {
      _ = try cluster.ask(request)
      return nil
    } catch { return error as? WireError }
  }

  /// Checks an error, and that the bytes at its offset are those of a name behind its length.
  private func expect<Request: RequestMessage>(
    _ code: ErrorCode, at name: String, _ request: Request, _ cluster: TestCluster,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = refusal(request, cluster)
    #expect(error?.code == code, sourceLocation: sourceLocation)
    #expect(error?.message.isEmpty == false, sourceLocation: sourceLocation)
    guard let offset = error?.fieldOffset.map({ Int($0) }) else {
      Issue.record("no offset", sourceLocation: sourceLocation)
      return
    }
    let field = [UInt8(name.utf8.count)] + Array(name.utf8)
    #expect(request.body.bytes.dropFirst(offset).starts(with: field), sourceLocation: sourceLocation)
  }

  @Test func unknownCollectionsAreNamedInEveryRequest() throws {
    let cluster = try cluster()
    var rank = cluster.rank { $0.groupCap = .init(attribute: "brand", most: 2) }
    rank.collection = "other"
    expect(.unknownCollection, at: "other", rank, cluster)
    expect(.unknownCollection, at: "other", GetRequest(collection: "other", ids: [1]), cluster)
    expect(.unknownCollection, at: "other", CollectionDescribeRequest(name: "other"), cluster)
    expect(.unknownCollection, at: "other", CollectionDropRequest(name: "other"), cluster)
    expect(.unknownCollection, at: "other", GenerationRequest(collection: "other", step: .list), cluster)
    expect(.unknownCollection, at: "other", ModelDescribeRequest(collection: "other"), cluster)
    expect(.unknownCollection, at: "other", FeedRequest(collection: "other", step: .begin), cluster)
    expect(
      .unknownCollection, at: "other",
      DeleteRequest(collection: "other", writer: 1, op: 2, ids: [1], expectedVersions: [0]), cluster)
    var upsert = try TestCluster.upsert(TestCluster.items(1), op: 2)
    upsert.collection = "other"
    expect(.unknownCollection, at: "other", upsert, cluster)
    expect(
      .unknownCollection, at: "other",
      ModelLoadRequest(
        collection: "other", upload: 3, step: .chunk(.manifest, total: 1, offset: 0, bytes: [1])), cluster)
    let key = InstanceKey(name: "other", generation: Generation(1))
    expect(
      .unknownCollection, at: "other",
      SnapshotRequest(snapshot: 0, step: .readModel(key, .manifest, offset: 0)), cluster)
    expect(
      .unknownCollection, at: "other", SnapshotRequest(snapshot: 0, step: .write(TransferPart(of: key))), cluster)
  }

  @Test func unknownGenerationsAreNamed() throws {
    let cluster = try cluster()
    let requests: [(any RequestMessage, UInt32)] = [
      (cluster.rank { $0.generation = Generation(9) }, 12),
      (CollectionDropRequest(generation: Generation(9), name: "shop"), 0),
      (ModelDescribeRequest(generation: Generation(9), collection: "shop"), 0),
      (GenerationRequest(collection: "shop", step: .discard(Generation(9))), 4),
      (
        DeleteRequest(
          collection: "shop", generation: Generation(9), writer: 1, op: 2, ids: [1], expectedVersions: [0]), 16
      ),
      (CollectionCreateRequest(generation: Generation(9), name: "new", schema: try #require(TestCluster.schema)), 0),
    ]
    for (request, offset) in requests {
      let error = refusal(request, cluster)
      #expect(error?.code == .unknownGeneration && error?.fieldOffset == offset, "\(request)")
    }
  }

  @Test func unknownAttributesAreNamed() throws {
    let cluster = try cluster()
    expect(
      .unknownAttribute, at: "nope", cluster.rank { $0.attributes = .named(["title", "brand", "nope"]) }, cluster)
    expect(.unknownAttribute, at: "nope", cluster.rank { $0.groupCap = .init(attribute: "nope", most: 1) }, cluster)
    var get = GetRequest(collection: "shop", ids: [1])
    get.attributes = .named(["brand", "nope"])
    expect(.unknownAttribute, at: "nope", get, cluster)
    var upsert = try TestCluster.upsert(TestCluster.items(1), op: 2)
    let columns = upsert.attributes.columns
    let renamed = AttributeTable.Column(name: "nope", presence: columns[1].presence, values: columns[1].values)
    upsert.attributes = AttributeTable(
      rowCount: 1, strings: upsert.attributes.strings, columns: [columns[0], renamed, columns[2]])
    expect(.unknownAttribute, at: "nope", upsert, cluster)
  }

  @Test func dimensionsAndUsersAreNamed() throws {
    let cluster = try cluster()
    let short = cluster.rank {
      $0.groupCap = .init(attribute: "brand", most: 2)
      $0.vector = [1]
    }
    let error = refusal(short, cluster)
    #expect(error?.code == .dimensionMismatch && error?.fieldOffset == UInt32(28 + 6 + 5))
    let unknown = refusal(
      cluster.rank {
        $0.vector = []
        $0.user = UserID(5)
      }, cluster)
    #expect(unknown?.code == .unknownUser && unknown?.fieldOffset == 16)
  }

  @Test func filterThatDoesNotParseGoesBeforeTheDataAndBeforeWhatStandsBehindIt() throws {
    let cluster = try cluster()
    for filter in ["price = ", " ", "price in 1.."] {
      let error = refusal(
        cluster.rank {
          $0.filter = filter
          $0.collection = "other"
          $0.attributes = .named(["nope"])
        }, cluster)
      #expect(error?.code == .badFilter && error?.fieldOffset == UInt32(filter.utf8.count), "\(filter)")
    }
    // One that parses is held against the schema after the collection, before the attributes that stand behind it.
    let untyped = cluster.rank {
      $0.filter = "nope = 1"
      $0.attributes = .named(["nope"])
    }
    #expect(refusal(untyped, cluster)?.code == .badFilter)
    let elsewhere = cluster.rank {
      $0.filter = "nope = 1"
      $0.collection = "other"
    }
    #expect(refusal(elsewhere, cluster)?.code == .unknownCollection)
    let deep = cluster.rank { $0.filter = String(repeating: "(", count: 9) + "price = 1" }
    let limit = refusal(deep, cluster)
    let place = UInt32(28 + 1 + 5 + 2 + 4 * deep.vector.count + 2)
    #expect(limit?.code == .limitExceeded && limit?.fieldOffset == place)
  }

  @Test func coverageThatIsNotMetNamesShardAndMinimum() throws {
    let cluster = try cluster()
    cluster.shards[1].behaviour = .away
    let error = refusal(cluster.rank { $0.minimumCoverage = 1_000_000 }, cluster)
    #expect(error?.code == .coverageNotMet && error?.fieldOffset == 8 && error?.shard == 1)
    #expect(error?.errorClass.contains(.retriable) == false)
    #expect(error?.message.contains("1000000") == true && error?.message.contains("shard 1") == true)
  }

  @Test func errorOfAShardHasNoPlaceInTheBodyOfTheClient() throws {
    let error = WireError(.dimensionMismatch, fieldOffset: 24).relayed(from: ShardID(3))
    #expect(error.fieldOffset == nil && error.shard == 3)
  }
}
