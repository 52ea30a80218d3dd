import CoordinatorNode
import Placement
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

@Suite struct AdministrationTests {
  private func fedCluster(_ shardCount: Int, items: [Item] = TestCluster.items(90)) throws -> TestCluster {
    let cluster = try TestCluster(shardCount: shardCount)
    try cluster.createShop()
    _ = try cluster.ask(try TestCluster.upsert(items))
    return cluster
  }

  // MARK: Collections

  @Test func collectionIsMadeOnAllShardsOrNotAtAll() throws {
    let cluster = try TestCluster(shardCount: 3)
    let create = CollectionCreateRequest(name: "shop", schema: try #require(TestCluster.schema))
    cluster.shards[1].behaviour = .away
    #expect(cluster.code(create) == .noReplica)
    #expect(try cluster.ask(CollectionDescribeRequest(name: nil)).collections.isEmpty)
    cluster.shards[1].behaviour = .normal
    let made = try cluster.ask(create)
    #expect(made.isCreated && made.generation > Generation(1), "the number of what failed is not given again")
    #expect(try cluster.ask(create) == CollectionCreateResponse(generation: made.generation, isCreated: false))
    let other = try #require(CollectionSchema(embeddingDimension: 5, rerankDimension: 0, attributes: []))
    #expect(cluster.code(CollectionCreateRequest(name: "shop", schema: other)) == .conflict)
  }

  @Test func failedCreationLeavesRoomForAnotherSchema() throws {
    let cluster = try TestCluster(shardCount: 3)
    cluster.shards[2].behaviour = .away
    let create = CollectionCreateRequest(name: "shop", schema: try #require(TestCluster.schema))
    #expect(cluster.code(create) == .noReplica)
    cluster.shards[2].behaviour = .normal
    let other = try #require(CollectionSchema(embeddingDimension: 5, rerankDimension: 0, attributes: []))
    #expect(try cluster.ask(CollectionCreateRequest(name: "shop", schema: other)).isCreated)
  }

  @Test func creationWhoseAnswerWasLostLeavesRoomForAnotherSchema() throws {
    let cluster = try TestCluster(shardCount: 3)
    cluster.shards[2].behaviour = .mute
    let create = CollectionCreateRequest(name: "shop", schema: try #require(TestCluster.schema))
    #expect(cluster.code(create) == .noReplica)
    try cluster.restart()
    cluster.shards[2].behaviour = .normal
    #expect(cluster.greet() == 3)
    let other = try #require(CollectionSchema(embeddingDimension: 5, rerankDimension: 0, attributes: []))
    #expect(try cluster.ask(CollectionCreateRequest(name: "shop", schema: other)).isCreated)
    #expect(try cluster.ask(CollectionDescribeRequest(name: nil)).collections.first?.shardsAnswered == 3)
  }

  @Test func describeAddsUpTheShards() throws {
    let cluster = try fedCluster(4)
    cluster.shards[3].behaviour = .hung
    let shop = try #require(try cluster.ask(CollectionDescribeRequest(name: "shop")).collections.first)
    #expect(shop.shardsAnswered == 3 && shop.shardCount == 4 && shop.items < 90 && shop.items > 40)
    cluster.shards[3].behaviour = .normal
    #expect(try cluster.ask(CollectionDescribeRequest(name: "shop")).collections.first?.items == 90)
    #expect(cluster.code(CollectionDescribeRequest(name: "other")) == .unknownCollection)
  }

  @Test func dropIsToldToAShardThatWasAway() throws {
    let cluster = try fedCluster(3)
    cluster.shards[0].behaviour = .away
    let removed = try cluster.ask(CollectionDropRequest(name: "shop")).itemsRemoved
    #expect(removed > 30 && removed < 90)
    #expect(cluster.code(cluster.rank()) == .unknownCollection)
    try cluster.restart()
    cluster.shards[0].behaviour = .normal
    #expect(cluster.greet() == 3)
    try cluster.createShop()
    let reply = try cluster.ask(cluster.rank())
    #expect(reply.results.ids.isEmpty && reply.results.isExact, "nothing of the old collection is left")
  }

  // MARK: Restarts

  @Test func coordinatorComesBackWithEverything() throws {
    let cluster = try fedCluster(3)
    let files = try TestCluster.model(seed: 1)
    try cluster.load(files)
    let request = cluster.rank { $0.user = UserID(1) }
    let before = try cluster.ask(request)
    let map = try cluster.ask(ShardMapRequest(.read)).map
    try cluster.restart()
    let after = try cluster.ask(request)
    #expect(after.results.body.bytes == before.results.body.bytes)
    #expect(after.report.coverage == 1_000_000 && after.report.model == before.report.model)
    #expect(try cluster.ask(ShardMapRequest(.read)).map == map)
    let describe = try cluster.ask(ModelDescribeRequest(collection: "shop"))
    #expect(describe.isLoaded && describe.manifest == files.manifest && describe.users == 2)
    #expect(cluster.greet() == 3)
  }

  @Test func theStoredMapCountsUnlessNoneOfItsShardsIsNamed() throws {
    let cluster = try TestCluster(shardCount: 2)
    let map = try cluster.ask(ShardMapRequest(.read)).map
    for addresses in [[], TestCluster.addresses(2), TestCluster.addresses(3), TestCluster.addresses(1)] {
      try cluster.restart(addresses: addresses)
      #expect(try cluster.ask(ShardMapRequest(.read)).map == map)
    }
    do {
      try cluster.restart(addresses: ["127.0.0.1:1", "127.0.0.1:2"])
      Issue.record("it started")
    } catch StartError.otherShards(let stored, let given) {
      #expect(stored.count == 2 && given.count == 2)
    }
  }

  @Test func shardThatRestartedEmptyIsMissingUntilAFeedCompletesIt() throws {
    let items = TestCluster.items(90)
    let cluster = try fedCluster(3, items: items)
    cluster.shards[1].restart()
    let missing = [RankReport.Missing(shard: ShardID(1), slots: 1365, cause: .restartedEmpty)]
    #expect(try cluster.ask(cluster.rank()).report.missing == missing, "before it was told the map")
    cluster.greet()
    #expect(try cluster.ask(cluster.rank()).report.missing == missing)
    #expect(try cluster.ask(StatusRequest()).shards.map(\.missing) == [nil, .restartedEmpty, nil])

    let begin = try cluster.ask(FeedRequest(collection: "shop", step: .begin))
    #expect(begin.incompleteShards == 1 && begin.shardCount == 3)
    _ = try cluster.ask(try TestCluster.upsert(items, op: 2))
    let halfway = try cluster.ask(cluster.rank())
    #expect(halfway.report.missing == missing && !halfway.results.isExact, "only who feeds knows that it was all")
    let complete = FeedRequest(collection: "shop", step: .complete(feed: begin.feed))
    #expect(try cluster.ask(complete).incompleteShards == 0)
    #expect(try cluster.ask(complete).incompleteShards == 0, "a repeat does no harm")
    let whole = try cluster.ask(cluster.rank(k: 20))
    #expect(whole.results.isExact && whole.report.coverage == 1_000_000)
    let slow = SlowSearch.search(items, query: TestCluster.query, limit: 20)
    #expect(whole.results.ids == slow.map(\.itemID.rawValue))
    try cluster.restart()
    #expect(try cluster.ask(cluster.rank()).report.missing.isEmpty, "completeness is durable")
    #expect(cluster.code(complete) == .unknownUpload, "feeds are not")
  }

  @Test func shardThatRestartsDuringAFeedIsNotCompletedByIt() throws {
    let cluster = try fedCluster(3)
    let begin = try cluster.ask(FeedRequest(collection: "shop", step: .begin))
    cluster.shards[0].restart()
    cluster.greet()
    let complete = FeedRequest(collection: "shop", step: .complete(feed: begin.feed))
    #expect(try cluster.ask(complete).incompleteShards == 1)
    #expect(cluster.code(FeedRequest(collection: "other", step: .begin)) == .unknownCollection)
  }

  @Test func shardOfAnotherClusterIsLeftAlone() throws {
    let first = try TestCluster(shardCount: 1)
    let second = try TestCluster(shardCount: 1, seed: 8, shards: first.shards, executor: first.executor)
    #expect(first.greet() == 1 && second.greet() == 0)
    #expect(
      second.code(CollectionCreateRequest(name: "shop", schema: try #require(TestCluster.schema))) == .wrongCluster)
  }

  @Test func hungShardDoesNotHoldUpTheModels() throws {
    let cluster = try fedCluster(2)
    cluster.shards[1].behaviour = .hung
    cluster.shards[1].restart()
    let files = try TestCluster.model(seed: 1)
    let requests = TestCluster.requests(files, upload: 2)
    let time = cluster.microseconds {
      let describe = try? cluster.askDuring(CollectionDescribeRequest(name: "shop"), budget: 10_000_000) {
        coordinator, now in
        async let greeted = coordinator.greetAll()
        for request in requests {
          let inbound = InboundRequest(
            opcode: .modelLoad, bodyVersion: request.body.version, body: request.body.bytes[...], arrival: now,
            deadline: now.advanced(microseconds: 100_000))
          if case .failure(let error) = await coordinator.handle(inbound) { Issue.record(error) }
        }
        #expect(await greeted == 1)
      }
      #expect(describe?.collections.first?.shardsAnswered == 1)
    }
    #expect(time >= 5_000_000, "the greeting took its time")
  }

  // MARK: Writes and reads

  @Test func writeGoesToTheOwnersAndTellsWhoWasAway() throws {
    let items = TestCluster.items(60)
    let cluster = try TestCluster(shardCount: 3)
    try cluster.createShop()
    cluster.shards[1].behaviour = .away
    let request = try TestCluster.upsert(items)
    let first = try cluster.ask(request)
    let away = first.statuses.indices.filter { first.statuses[$0] == .notExecuted }
    #expect(!away.isEmpty && away.count < 60 && away.allSatisfy { first.versions[$0] == 0 })
    #expect(first.statuses.count { $0 == .inserted } == 60 - away.count)
    cluster.shards[1].behaviour = .mute
    let second = try cluster.ask(request, isRetry: true)
    #expect(second.statuses.indices.allSatisfy { second.statuses[$0] == (away.contains($0) ? .unknown : .inserted) })
    cluster.shards[1].behaviour = .normal
    let third = try cluster.ask(request, isRetry: true)
    #expect(third.isReplayed && third.statuses.allSatisfy { $0 == .inserted })
    #expect(third.versions.allSatisfy { $0 > 0 })
    #expect(try cluster.ask(CollectionDescribeRequest(name: "shop")).collections.first?.items == 60)
    for shard in cluster.shards { shard.behaviour = .away }
    #expect(cluster.code(try TestCluster.upsert(items, op: 2)) == .noReplica)
    for shard in cluster.shards { shard.behaviour = .normal }
    _ = try cluster.ask(try TestCluster.upsert(items, op: 3))
    #expect(cluster.code(request) == .conflict, "an older op of the writer")
  }

  @Test func writeThatDoesNotFitChangesNothing() throws {
    let cluster = try TestCluster(shardCount: 2)
    try cluster.createShop()
    var request = try TestCluster.upsert(TestCluster.items(4))
    request.collection = "other"
    #expect(cluster.code(request) == .unknownCollection)
    request = try TestCluster.upsert(TestCluster.items(4))
    request.rerankDimension = 0
    request.rerank = []
    #expect(cluster.code(request) == .dimensionMismatch)
    request = try TestCluster.upsert(TestCluster.items(4))
    request.attributes = AttributeTable(
      rows: (0..<4).map { _ in [.int(1)] }, definitions: [AttributeDefinition(name: "price", type: .int)])
    #expect(cluster.code(request) == .unknownAttribute)
    #expect(cluster.shards.allSatisfy { $0.count(of: .upsert) == 0 })
  }

  @Test func getJoinsTheShards() throws {
    let items = TestCluster.items(40)
    let cluster = try fedCluster(3, items: items)
    var request = GetRequest(collection: "shop", ids: items.map(\.id.rawValue).reversed() + [items[0].id.rawValue, 5])
    request.wantsEmbeddings = true
    request.wantsRerank = true
    request.attributes = .named(["title", "price"])
    let reply = try cluster.ask(request)
    #expect(reply.ids == items.map(\.id.rawValue) && reply.unavailable == 0)
    #expect(reply.embeddings == items.flatMap(\.embedding) && reply.rerank == items.flatMap(\.rerank))
    #expect(reply.attributes.value(row: 7, column: 0) == .text("item 7"))
    cluster.shards[2].behaviour = .hung
    let partly = try cluster.ask(request)
    #expect(partly.ids.count + Int(partly.unavailable) == 41 || partly.ids.count + Int(partly.unavailable) == 40)
    #expect(partly.unavailable > 0)
    for shard in cluster.shards { shard.behaviour = .away }
    #expect(cluster.code(request) == .noReplica)
  }

  @Test func deletedItemsAreGoneFromTheNextQuery() throws {
    let items = TestCluster.items(50)
    let cluster = try fedCluster(4, items: items)
    let best = try cluster.ask(cluster.rank(k: 3)).results.ids
    let reply = try cluster.ask(
      DeleteRequest(collection: "shop", writer: 4, op: 1, ids: best + [4], expectedVersions: [0, 0, 0, 0]))
    #expect(reply.statuses == [.deleted, .deleted, .deleted, .absent])
    let slow = SlowSearch.search(items, query: TestCluster.query, limit: 10) { !best.contains($0.id.rawValue) }
    #expect(try cluster.ask(cluster.rank()).results.ids == slow.map(\.itemID.rawValue))
  }

  // MARK: Models

  @Test func modelIsSwitchedInOneStep() throws {
    let cluster = try fedCluster(2)
    let (first, second) = (try TestCluster.model(seed: 1), try TestCluster.model(seed: 2))
    try cluster.load(first, upload: 1)
    let request = cluster.rank { $0.user = UserID(1) }
    let old = try cluster.ask(request)
    let response = try cluster.load(second, upload: 2)
    let new = try cluster.ask(request)
    #expect(response.model == new.report.model && response.users == 2 && response.parameters > 0)
    #expect(old.report.model != new.report.model && old.results != new.results)
    #expect(try cluster.load(second, upload: 3) == response, "a hash that serves already")
    let files = try cluster.disk.list("/data/models")
    #expect(files.count == 3, "the old model and all uploads are gone: \(files)")
  }

  @Test func queryKeepsTheModelThatItBeganWith() throws {
    let cluster = try fedCluster(2)
    let (first, second) = (try TestCluster.model(seed: 1), try TestCluster.model(seed: 2))
    try cluster.load(first, upload: 1)
    let request = cluster.rank { $0.user = UserID(1) }
    let expected = try cluster.ask(request)
    cluster.shards[0].behaviour = .slow(100_000)
    let requests = TestCluster.requests(second, upload: 2)
    let late = try cluster.askDuring(request) { coordinator, now in
      for request in requests {
        let inbound = InboundRequest(
          opcode: .modelLoad, bodyVersion: request.body.version, body: request.body.bytes[...], arrival: now,
          deadline: now.advanced(microseconds: 1_000_000))
        if case .failure(let error) = await coordinator.handle(inbound) { Issue.record(error) }
      }
    }
    #expect(late.results.body.bytes == expected.results.body.bytes && late.report.model == expected.report.model)
    cluster.shards[0].behaviour = .normal
    #expect(try cluster.ask(request).report.model != expected.report.model)
  }

  @Test func brokenUploadsLeaveTheOldModel() throws {
    let cluster = try fedCluster(2)
    let files = try TestCluster.model(seed: 1)
    let hash = try cluster.load(files, upload: 1).model
    let other = try TestCluster.model(seed: 2)
    #expect(throws: WireError.self) { try cluster.load(other, upload: 2, sha256: files.sha256.reversed()) }
    let commit = ModelLoadRequest(collection: "shop", upload: 2, step: .commit(sha256: other.sha256))
    #expect(cluster.code(commit) == .unknownUpload, "a refused upload is gone")
    let damaged = TestCluster.ModelFiles(
      manifest: other.manifest, weights: Array(other.weights.dropLast(4)), users: other.users)
    #expect(throws: WireError.self) { try cluster.load(damaged, upload: 3) }
    let part = TestCluster.chunk(4, .manifest, total: 100, offset: 0, [1, 2, 3])
    #expect(try cluster.ask(part).received == 3)
    #expect(cluster.code(TestCluster.chunk(4, .manifest, total: 100, offset: 50, [1])) == .unknownUpload)
    let early = ModelLoadRequest(collection: "shop", upload: 4, step: .commit(sha256: other.sha256))
    #expect(cluster.code(early) == .modelRefused)
    _ = try cluster.ask(TestCluster.chunk(5, .users, total: 9, offset: 0, [1]))
    _ = try cluster.ask(ModelLoadRequest(collection: "shop", upload: 5, step: .abort))
    #expect(cluster.code(TestCluster.chunk(5, .users, total: 9, offset: 1, [1])) == .unknownUpload)
    #expect(try cluster.ask(ModelDescribeRequest(collection: "shop")).model == hash)
    #expect(try cluster.disk.list("/data/models").count == 3)
  }

  @Test func modelThatDoesNotFitTheCollectionIsRefused() throws {
    let cluster = try TestCluster(shardCount: 1)
    let schema = try #require(CollectionSchema(embeddingDimension: 4, rerankDimension: 3, attributes: []))
    _ = try cluster.ask(CollectionCreateRequest(name: "shop", schema: schema))
    #expect(throws: WireError.self) { try cluster.load(try TestCluster.model(seed: 1)) }
    #expect(try !cluster.ask(ModelDescribeRequest(collection: "shop")).isLoaded)
  }

  @Test func fullDiskIsAnAnswer() throws {
    let cluster = try fedCluster(1)
    for call in 1...40 { cluster.disk.fail(call: cluster.disk.callCount + call, .full) }
    let chunk = TestCluster.chunk(4, .manifest, total: 100, offset: 0, [1, 2, 3])
    #expect(cluster.code(chunk) == .storageFull)
    let create = CollectionCreateRequest(name: "other", schema: try #require(TestCluster.schema))
    #expect(cluster.code(create) == .storageFull)
    #expect(try cluster.ask(cluster.rank()).results.isExact)
  }

  // MARK: Status

  @Test func statusAndMetricsTellWhatHappened() throws {
    let cluster = try fedCluster(2)
    try cluster.load(try TestCluster.model(seed: 1))
    _ = try cluster.ask(cluster.rank { $0.user = UserID(1) })
    cluster.shards[1].behaviour = .away
    _ = try cluster.ask(cluster.rank { $0.user = UserID(1) })
    let status = try cluster.ask(StatusRequest())
    #expect(status.role == .coordinator && status.epoch == Epoch(1) && status.collections.map(\.name) == ["shop"])
    #expect(status.shards.map(\.state) == [.up, .down] && status.shards.map(\.missing) == [nil, .unreachable])
    #expect(status.links.map(\.peer) == ["127.0.0.1:7701", "127.0.0.1:7702", "clients"])
    let text = try cluster.ask(MetricsRequest()).text
    for line in [
      "winnow_queries_total{coverage=\"full\",exact=\"true\"} 1", "winnow_query_duplicates_total 0",
      "winnow_queries_total{coverage=\"partial\",exact=\"false\"} 1", "winnow_query_reranked_total",
      "winnow_requests_total{request=\"RANK\",outcome=\"OK\"} 2", "winnow_model_info{collection=\"shop\"",
      "winnow_link_bytes_total{peer=\"clients\"", "winnow_missing_shards_total{shard=\"1\",cause=\"unreachable\"} 1",
    ] { #expect(text.contains(line), "\(line) is missing") }
    let map = try #require(try cluster.ask(ShardMapRequest(.read)).map)
    #expect(cluster.code(ShardMapRequest(.install(map, as: ShardID(0)))) == .unknownOpcode)
  }
}
