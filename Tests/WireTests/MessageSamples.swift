import Filters
import Placement
import Testing
import Vocabulary
import Wire

/// One filled message of every kind, as bytes, with the decoder that its page names.
struct MessageSample: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let bytes: [UInt8]
  /// Decodes a body and encodes it again.
  let recode: @Sendable ([UInt8]) throws(WireError) -> [UInt8]

  init<M: Message>(_ message: M) {
    testDescription = "\(M.self)"
    let body = message.body
    bytes = body.bytes
    let version = body.version
    recode = { (bytes) throws(WireError) in try M(body: bytes, version: version).body(version: version).bytes }
  }
}

enum MessageSamples {
  static let definitions = [
    AttributeDefinition(name: "price", type: .float), AttributeDefinition(name: "stock", type: .int),
    AttributeDefinition(name: "brand", type: .keyword), AttributeDefinition(name: "colours", type: .keywordSet),
    AttributeDefinition(name: "new", type: .bool), AttributeDefinition(name: "title", type: .text),
  ]

  static let table = AttributeTable(
    rows: [
      [.float(1.5), .int(-3), .keyword("acme"), .keywordSet(["blue", "red"]), .bool(true), .text("Grüße")],
      [nil, nil, nil, nil, nil, nil],
      [.float(-0.0), .int(.max), .keyword("acme"), .keywordSet([]), .bool(false), .text("")],
    ], definitions: definitions)

  static let schema = CollectionSchema(embeddingDimension: 2, rerankDimension: 3, attributes: definitions)

  static let filter = try? FilterParser.parse(
    "price in 1..2.5 and (brand = acme or not colours in (red, \"deep blue\")) and has title and new != true and stock >= -4"
  )

  private static let metadata: MetadataResponse = {
    var response = MetadataResponse()
    (response.kind, response.state, response.own, response.chair) = (.etcd, .silent, 7, 9)
    (response.mapRevision, response.catalogueRevision, response.fault) = (40, 42, "etcd: timed out")
    response.coordinators = [.init(id: 7, mapRevision: 40, catalogueRevision: 42, address: "10.0.0.1:7700")]
    return response
  }()

  static func all() -> [MessageSample] {
    var rank = RankRequest(collection: "shop", k: 10, depth: 200)
    rank.user = UserID(7)
    rank.vector = [1, -2]
    rank.userVector = [0.5]
    (rank.wantsPromise, rank.wantsArm) = (true, true)
    rank.sessionItems = [3, 1]
    rank.filter = "price < 10"
    rank.exclude = [9, 8]
    rank.context = [("hour", .number(13)), ("device", .keyword("phone"))]
    rank.groupCap = .init(attribute: "brand", most: 2)
    rank.attributes = .named(["price", "title"])
    rank.leastDepth = 20
    rank.requestID = 0xFEED
    rank.explainedCount = 2
    rank.page.token = [7, 8]
    rank.page.facets = [.init("brand", .values, most: 5), .init("price", .edges, edges: [0, 10])]
    rank.page.diversity = .init(window: 20, lambda: 0.5, attribute: "brand")
    (rank.page.exposure.mode, rank.page.exposure.attribute, rank.page.exposure.strength) = (.overTime, "brand", 2)
    rank.page.exposure.targets = [.init("acme", 0.25)]
    rank.seenRules = [SeenRule([.purchase], withinSeconds: 86_400), SeenRule([.impression, .view], leastCount: 3)]
    (rank.words, rank.isTyping) = ("red shoos ½", true)
    var rebalance = RebalanceResponse()
    rebalance.source = ShardID(1)
    rebalance.reason = "why"
    rebalance.moves = [.init(source: ShardID(1), target: ShardID(2), slots: 64)]
    var report = RankReport()
    report.missing = [.init(shard: ShardID(2), slots: 1365, cause: .restartedEmpty)]
    report.waterfall = [
      .init(phase: .queue, startMicroseconds: 0, durationMicroseconds: 12),
      .init(phase: .scan, shard: ShardID(1), startMicroseconds: 40, durationMicroseconds: 900),
    ]
    report.depth = 200
    report.requestID = 0xFEED
    (report.eventsCounted, report.eventsSkipped) = (12, 1)
    (report.history.state, report.history.counted, report.history.excluded) = (.read, 7, 3)
    (report.history.newestMicroseconds, report.history.itemMicroseconds) = (1_500_000, 2_000_000)
    (report.words.state, report.words.byWords, report.words.byVector) = (.found, 3, 200)
    report.words.terms = [
      .init(text: "red", weight: 1, idf: 2.5, isKnown: true), .init(text: "shoe", weight: 0.7, idf: 1, isKnown: true),
    ]
    report.words.changes = [.init(.corrected, from: "shoos", to: ["shoes", "shops"])]
    report.words.lexicalScores = [0.75, 0]
    report.words.matched = [.init(terms: [0, 1]), .init()]
    (report.page.total, report.page.offset, report.page.listed, report.page.source) = (12, 2, 200, .kept)
    var facet = PageReport.Facet()
    (facet.attribute, facet.isExact, facet.present, facet.other) = ("brand", true, 12, 2)
    (facet.values, facet.counts) = (["acme", "über"], [7, 3])
    report.page.facets = [facet]
    report.page.steps = [.init(.diversity, moved: 3, cost: 0.5, clicksCost: 0.25)]
    report.page.moves = [.init(result: 1, .diversity, places: -2)]
    report.promise = PrivacyPromise(epsilon: 4.5, delta: 1e-6)
    report.arm = .init(experiment: 9, name: "new")
    report.page.rules = [.init("pin-42", .pinMissing, message: "https://shop.example")]
    report.page.token = [1, 2, 3]
    report.explanation.state = .complete
    report.explanation.base = 0.5
    report.explanation.inputs = [
      .init(.userVector, shared: .norm(1.5)), .init(.itemVector), .init(.attribute, name: "brand"), .init(.dot),
      .init(.context, name: "hour", shared: .missing),
    ]
    report.explanation.items = [
      .init(
        place: 2, shard: ShardID(1), phase: .roundTrip,
        parts: [
          .init(value: .norm(2), logit: 0.25), .init(value: .words("acme"), logit: -1),
          .init(value: .number(1.25), logit: 0),
        ]), .init(place: 1, shard: ShardID(0), phase: .secondSearch),
    ]
    let results = RankResults(
      isExact: true, isRanked: true, rerankedCount: 2, ids: [5, 6, 7], retrievalScores: [3, 2, 1],
      logits: [0.25, -1, 0], attributes: table)
    var search = SearchRequest(collection: "shop", generation: Generation(1), limit: 100, query: [1, 2])
    search.after = Score(1.25).map { Candidate(score: $0, itemID: ItemID(44)) }
    search.encoding = .float32
    search.attributes = ["price"]
    search.filter = filter
    search.exclude = [1, 5, 9]
    search.requestID = 0xFEED
    var worded = search
    worded.after = nil
    worded.terms = [SearchTerm("red", weight: 2.5), SearchTerm("鞋", weight: 0.5)]
    var counting = search
    counting.after = nil
    counting.counting.wantsTotal = true
    counting.counting.otherFilters = [.init(filter), .init(nil)]
    counting.counting.facets = [.init("brand", .values, filter: 2), .init("price", .edges, edges: [0, 1.5])]
    counting.counting.sort = [SortKey("price", .descending)]
    var searched = SearchResponse(
      generation: Generation(1), snapshot: 3, owned: 1000, scanned: 900, passed: 900, queueMicroseconds: 4,
      scanMicroseconds: 500, isComplete: true, ids: [4, 2, 9], scores: [3, 3, -1], attributes: table,
      rerank: RerankVectors(.bfloat16, dimension: 2, values: [1, 2, 3, 4, 5, 6.1]))
    var searchedByWords = searched
    searchedByWords.words.scores = [0, 1.5, 0.25]
    (searchedByWords.words.lastScore, searchedByWords.words.hasAllWithTerms) = (-1, true)
    var get = GetRequest(collection: "shop", ids: [1, 2, 3])
    get.wantsEmbeddings = true
    get.attributes = .all
    let got = GetResponse(
      generation: Generation(1), embeddingDimension: 2, rerankDimension: 1, unavailable: 0, ids: [1, 2, 3],
      versions: [1, 1, 4], attributes: table, embeddings: [1, 2, 3, 4, 5, 6], rerank: [7, 8, 9])
    let upsert = UpsertRequest(
      collection: "shop", writer: 77, op: 3, embeddingDimension: 2, rerankDimension: 1, ids: [1, 2, 3],
      expectedVersions: [0, UpsertRequest.mustNotExist, 4], attributes: table, embeddings: [1, 2, 3, 4, 5, 6],
      rerank: [7, 8, 9])
    var asking = upsert
    asking.wantsCopies = true
    let update = UpdateRequest(
      collection: "shop", writer: 77, op: 4, ids: [1, 2, 3], expectedVersions: [0, 5, 0], attributes: table,
      removals: table.columns.map { $0.presence.map { _ in 0 } })
    var told = GroupRequest(of: ShardID(2), heir: 1)
    (told.place, told.revision, told.echo) = (1, 17, 4)
    told.addresses = ["10.0.0.1:7701", "10.0.0.2:7701"]
    told.group = ShardGroup(
      term: 3, primary: 1, data: Array(0..<16),
      members: [.init(node: 5, isInSync: false), .init(node: .max, isInSync: true)])
    var standing = GroupResponse()
    (standing.node, standing.number, standing.position, standing.term) = (5, 6, 1000, 2)
    (standing.epoch, standing.isAssured, standing.expected, standing.wanted) = (9, true, 17, told.group)
    let append = ReplicateRequest(.append([[1, 2, 3], [0x5B]]), shard: ShardID(2), sender: 1, term: 3, position: 41)
    let copied = ReplicateRequest(
      .copied([.init(term: 1, position: 1), .init(term: 3, position: 40)]), shard: ShardID(2), sender: 1, term: 3,
      position: 41)
    var status = StatusResponse(
      role: .coordinator, isDraining: false, shard: nil, epoch: Epoch(4), uptimeMicroseconds: 12, cluster: .zero,
      incarnation: Bytes16(low: 1, high: 2), build: "winnowd 0.1")
    status.collections = [.init(name: "shop", generation: Generation(1), items: 10, memoryBytes: 4096, model: 9)]
    status.shards = [
      .init(
        id: ShardID(0), slots: 4096, state: .up, missing: .restartedEmpty, items: 10, incarnation: .zero,
        address: "127.0.0.1:7701")
    ]
    status.links = [
      .init(peer: "clients", framesOut: 1, rawBytesOut: 2, wireBytesOut: 3, framesIn: 4, rawBytesIn: 5, wireBytesIn: 6)
    ]
    var content = ItemDigest()
    content.add(Item(id: ItemID(7), embedding: [1, 2], rerank: [3], attributes: [nil, .int(4)]))
    var counted = SearchCounts.Facet()
    (counted.present, counted.values, counted.counts) = (9, ["acme", "zeta"], [4, 5])
    searched.counts.total = 11
    searched.counts.facets = [counted, .init()]
    var ruled = RuleResponse()
    (ruled.total, ruled.rules, ruled.hasMore) = (3, [.init("pin-42", "{}")], true)
    var experiment = ExperimentRequest(.start, of: "shop")
    experiment.plan.salt = 7
    experiment.plan.arms = [.init("old", Generation(3), share: 900_000), .init("new", Generation(4), share: 100_000)]
    (experiment.plan.shadow, experiment.plan.shadowShare) = (Generation(5), 1000)
    experiment.plan.guards = [.init(.errors, limit: 10_000), .init(.clicks, limit: 100_000)]
    var settlement = ExperimentRequest(.settle, of: "shop")
    settlement.winner = "new"
    var watched = ExperimentResponse()
    (watched.state, watched.began, watched.plan) = (.acting, 12, experiment.plan)
    watched.counts = [.init(), .init()]
    (watched.counts[1].clicks, watched.counts[1].width) = (4, 0.5)
    (watched.shadow.measured, watched.shadow.correlation) = (9, 0.25)
    var loopRun = ClusterLogRequest(limit: 1)
    loopRun.noted = ClusterEvent(.loopRun, of: "shop", "run 3: pushed")
    var samples = [
      MessageSample(rank), MessageSample(RankResponse(results: results, report: report)), MessageSample(search),
      MessageSample(worded),
      MessageSample(searchedByWords),
      MessageSample(SlowLogRequest(after: 6, limit: 20)),
      MessageSample(ClusterLogRequest(after: 6, ageMicrosecondsMax: 9, limit: 20)), MessageSample(loopRun),
      MessageSample(
        ClusterLogResponse(
          total: 2,
          events: [
            ClusterEvent(.shardDrain, of: "shard 1", "300 slots", by: "winnow 0.1 at [::1]:5", error: .conflict),
            ClusterEvent(.shardAway, of: "shard 1"),
          ])),
      MessageSample(
        SlowLogResponse(
          thresholdMicroseconds: 1000, total: 7,
          queries: [
            SlowQuery(number: 6, rank, report, error: nil, microseconds: 2500, keepsUser: true),
            SlowQuery(number: 7, rank, nil, error: .deadlineExceeded, microseconds: 9000, keepsUser: false),
          ])), MessageSample(searched), MessageSample(counting), MessageSample(get), MessageSample(got),
      MessageSample(upsert), MessageSample(asking),
      MessageSample(
        WriteResponse(
          durability: .memory, isReplayed: true, statuses: [.inserted, .conflict, .unknown], versions: [1, 2, 0])),
      MessageSample(update),
      MessageSample(DeleteRequest(collection: "shop", writer: 1, op: 2, ids: [1, 2], expectedVersions: [0, 5])),
      MessageSample(CollectionCreateResponse(generation: Generation(1), isCreated: true)),
      MessageSample(CollectionDescribeRequest(name: nil)), MessageSample(CollectionDropRequest(name: "shop")),
      MessageSample(CollectionDropResponse(itemsRemoved: 12)),
      MessageSample(
        ModelLoadRequest(
          collection: "shop", upload: 9, step: .chunk(.weights, total: 10, offset: 4, bytes: [1, 2, 3, 4]))),
      MessageSample(
        ModelLoadRequest(collection: "shop", upload: 9, step: .commit(sha256: Array(repeating: 7, count: 32)))),
      MessageSample(ModelLoadRequest(collection: "shop", upload: 9, step: .abort)),
      MessageSample(ModelLoadResponse(received: 8, model: 1, users: 2, parameters: 3)),
      MessageSample(ModelDescribeRequest(collection: "shop")),
      MessageSample(
        ModelDescribeResponse(
          isLoaded: true, generation: Generation(1), model: 1, users: 2, parameters: 3, manifest: Array("{}".utf8))),
      MessageSample(RuleRequest(.put, of: "shop", rules: [.init("pin-42", "{\"message\": \"é\"}")])),
      MessageSample(RuleRequest(.remove, of: "shop", rules: [.init("pin-42")])), MessageSample(ruled),
      MessageSample(experiment), MessageSample(settlement), MessageSample(watched),
      MessageSample(RebalanceRequest(.status)),
      MessageSample(RebalanceRequest(.begin(.add(address: "h:1", weight: 50), .init(verifies: true)))),
      MessageSample(
        RebalanceRequest(.begin(.move(slots: 7, from: ShardID(1), to: ShardID(2)), .init(bytesPerSecond: 9)))),
      MessageSample(RebalanceRequest(.remove(ShardID(3), isDryRun: true))),
      MessageSample(rebalance),
      MessageSample(GenerationRequest(collection: "shop", step: .list)),
      MessageSample(GenerationRequest(collection: "shop", step: .measure(Generation(3)))),
      MessageSample(GenerationRequest(collection: "shop", step: .activate(Generation(3), content: content))),
      MessageSample(GenerationRequest(collection: "shop", step: .discard(Generation(3)))),
      MessageSample(
        GenerationResponse(generations: [
          .init(
            generation: Generation(3), state: .staged, memoryBytes: 4, content: content, model: 5, completeShards: 2,
            shardCount: 3)
        ])),
      MessageSample(FeedRequest(collection: "shop", step: .begin)),
      MessageSample(FeedRequest(collection: "shop", step: .complete(feed: 4))),
      MessageSample(FeedResponse(feed: 4, incompleteShards: 1, shardCount: 3)), MessageSample(StatusRequest()),
      MessageSample(status), MessageSample(ShardMapRequest(.read)), MessageSample(ShardMapResponse(map: nil)),
      MessageSample(told), MessageSample(standing), MessageSample(append), MessageSample(copied),
      MessageSample(ReplicateResponse(node: 5, position: 43, term: 3, isLeaving: true)),
      MessageSample(PositionRequest(Revisions(catalogue: 5, plan: 1))),
      MessageSample(MetadataRequest(.recover)),
      MessageSample(metadata),
      MessageSample(PositionResponse(claim: 7, position: .max, Revisions(catalogue: 9, plan: .max))),
      MessageSample(MetricsRequest()), MessageSample(MetricsResponse(text: "winnow_up 1\n")),
    ]
    samples += transferSamples() + eventSamples()
    if let schema {
      samples.append(MessageSample(CollectionCreateRequest(name: "shop", schema: schema)))
      samples.append(MessageSample(GenerationRequest(collection: "shop", step: .stage(schema))))
      samples.append(
        MessageSample(
          CollectionDescribeResponse(collections: [
            .init(
              name: "shop", generation: Generation(1), schema: schema, items: 1, memoryBytes: 2, model: 3,
              shardsAnswered: 1, shardCount: 1)
          ])))
    }
    let addresses = ["127.0.0.1:7701", "127.0.0.1:7702"]
    if let map = try? ShardMap.first(clusterID: Array(repeating: 1, count: 16), addresses: addresses) {
      samples.append(MessageSample(ShardMapRequest(.install(map, as: ShardID(1)))))
      samples.append(MessageSample(ShardMapResponse(map: map)))
    }
    return samples
  }
}
