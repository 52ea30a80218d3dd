import CoordinatorNode
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

@Suite struct GenerationTests {
  private typealias Description = GenerationResponse.Description

  private let old = TestCluster.items(90)
  private let new = TestCluster.items(120, seed: 8)

  /// A cluster that serves the old items with the old model.
  private func servingCluster(_ configuration: Coordinator.Configuration = .init()) throws -> TestCluster {
    let cluster = try TestCluster(shardCount: 3, configuration: configuration)
    try cluster.createShop()
    _ = try cluster.ask(try TestCluster.upsert(old))
    try cluster.load(try TestCluster.model(seed: 1), upload: 1)
    return cluster
  }

  private func step(_ step: GenerationRequest.Step) -> GenerationRequest {
    GenerationRequest(collection: "shop", step: step)
  }

  private func stage(_ cluster: TestCluster) throws -> Generation {
    let request = step(.stage(try #require(TestCluster.schema)))
    let staged = try cluster.ask(request).generations.first { $0.state == .staged }
    return try #require(staged).generation
  }

  private func fill(_ cluster: TestCluster, _ generation: Generation, op: UInt64 = 1) throws {
    var write = try TestCluster.upsert(new, op: op, writer: 44)
    write.generation = generation
    #expect(try cluster.ask(write).statuses.allSatisfy { $0 == .inserted })
    for var request in TestCluster.requests(try TestCluster.model(seed: 2), upload: 2) {
      request.generation = generation
      _ = try cluster.ask(request)
    }
  }

  private func digest(_ items: [Item]) -> ItemDigest {
    var digest = ItemDigest()
    for item in items { digest.add(item) }
    return digest
  }

  private var userQuery: RankRequest {
    var request = RankRequest(collection: "shop", k: 10, depth: 50)
    request.user = UserID(1)
    return request
  }

  @Test func itemsAndModelAreSwitchedTogether() throws {
    let cluster = try servingCluster()
    let before = try cluster.ask(userQuery)
    let generation = try stage(cluster)
    #expect(generation > before.report.generation)
    try fill(cluster, generation)
    #expect(try cluster.ask(userQuery).results == before.results, "the old generation serves while the new one fills")

    let list = try cluster.ask(step(.activate(generation, content: digest(new)))).generations
    #expect(list.map(\.state) == [.previous, .active] && list.map(\.content.itemCount) == [90, 120])
    #expect(list.allSatisfy { $0.completeShards == 3 && $0.shardCount == 3 && $0.model != 0 })
    let after = try cluster.ask(userQuery)
    #expect(after.report.generation == generation && after.report.itemsCovered == 120)
    #expect(after.report.model != before.report.model && after.report.coverage == 1_000_000)
    let ids = Set(new.map(\.id.rawValue))
    #expect(ids.isSuperset(of: after.results.ids) && after.results != before.results)

    // A cluster that never knew the old generation gives the same bytes.
    let fresh = try TestCluster(shardCount: 1)
    try fresh.createShop()
    _ = try fresh.ask(try TestCluster.upsert(new))
    try fresh.load(try TestCluster.model(seed: 2))
    #expect(try fresh.ask(userQuery).results.body.bytes == after.results.body.bytes)
  }

  @Test func generationThatIsNotWhatWasSentDoesNotServe() throws {
    let cluster = try servingCluster()
    let generation = try stage(cluster)
    try fill(cluster, generation)
    #expect(cluster.code(step(.activate(generation, content: digest(Array(new.dropLast()))))) == .conflict, "count")
    var other = new
    other[7].rerank[0] += 1
    #expect(cluster.code(step(.activate(generation, content: digest(other)))) == .conflict, "content")
    cluster.shards[1].behaviour = .away
    #expect(cluster.code(step(.activate(generation, content: digest(new)))) == .noReplica, "a shard is away")
    cluster.shards[1].behaviour = .normal
    #expect(try cluster.ask(userQuery).report.generation == Generation(1))
    let measured = try cluster.ask(step(.measure(generation))).generations
    #expect(measured.map(\.content) == [digest(new)], "in parts on three shards, as one")
    #expect(try cluster.ask(step(.activate(generation, content: digest(new)))).generations.count == 2)
    let again = try cluster.ask(step(.activate(generation, content: digest(new)))).generations
    #expect(again.map(\.state) == [.previous, .active], "a repeat does no harm")
    #expect(cluster.code(step(.activate(Generation(99), content: digest(new)))) == .unknownGeneration)
  }

  @Test func changesThatTheSwitchWouldUndoAreRefused() throws {
    let cluster = try servingCluster()
    let generation = try stage(cluster)
    #expect(cluster.code(step(.stage(try #require(TestCluster.schema)))) == .conflict, "one is staged already")
    let delete = DeleteRequest(collection: "shop", writer: 5, op: 1, ids: [1], expectedVersions: [0])
    #expect(cluster.code(FeedRequest(collection: "shop", step: .begin)) == .conflict)
    #expect(throws: WireError.self) { try cluster.load(try TestCluster.model(seed: 2), upload: 9) }
    var named = delete
    named.generation = Generation(1)
    #expect(try cluster.ask(named).statuses == [.deleted], "who names a generation knows what it does")
    let left = try cluster.ask(step(.discard(generation))).generations
    #expect(left.map(\.state) == [.active])
    #expect(try cluster.ask(try TestCluster.upsert(old, op: 2)).statuses.contains(.replaced))
    #expect(cluster.code(step(.discard(Generation(1)))) == .conflict, "it serves")
    #expect(cluster.code(step(.discard(generation))) == .unknownGeneration)
  }

  /// Prices and stock are fed while a generation is pushed: the switch takes them along.
  @Test func changesDuringAPushAreInBothGenerations() throws {
    let cluster = try servingCluster()
    let generation = try stage(cluster)
    let schema = try #require(TestCluster.schema)
    let ids = old.map(\.id.rawValue)
    func update(_ op: UInt64, _ price: Double, _ ids: [UInt64]) throws {
      let request = UpdateRequest(
        collection: "shop", writer: 6, op: op, ids: ids, expectedVersions: ids.map { _ in 0 },
        attributes: AttributeTable(rows: ids.map { _ in [.float(price)] }, definitions: [schema.attributes[0]]),
        removals: [AttributeTable.bits(ids.map { _ in false })])
      #expect(try cluster.ask(request).statuses.allSatisfy { $0 == .replaced })
    }
    // Before the push has sent these items, and after.
    try update(1, 777, Array(ids[..<20]))
    try fill(cluster, generation)
    try update(2, 888, Array(ids[10..<30]))
    #expect(
      try cluster.ask(DeleteRequest(collection: "shop", writer: 5, op: 1, ids: [ids[40]], expectedVersions: [0]))
        .statuses
        == [.deleted])
    var fresh = TestCluster.items(1, seed: 9)[0]
    fresh = Item(id: ItemID(1_000_003), embedding: fresh.embedding, rerank: fresh.rerank, attributes: fresh.attributes)
    #expect(try cluster.ask(try TestCluster.upsert([fresh], op: 7)).statuses == [.inserted])
    #expect(
      cluster.code(step(.activate(generation, content: digest(Array(new.dropLast()))))) == .conflict, "what was sent")
    cluster.shards[2].behaviour = .away
    #expect(cluster.code(step(.activate(generation, content: digest(new)))) == .noReplica)
    cluster.shards[2].behaviour = .normal
    _ = try cluster.ask(step(.activate(generation, content: digest(new))), budget: 5_000_000)
    var get = GetRequest(collection: "shop", ids: new.map(\.id.rawValue) + [fresh.id.rawValue])
    get.attributes = .all
    get.wantsEmbeddings = true
    let found = try cluster.ask(get)
    #expect(found.generation == generation && found.ids.count == 120 && !found.ids.contains(ids[40]))
    let sent = Dictionary(uniqueKeysWithValues: new.map { ($0.id.rawValue, $0) })
    let width = TestCluster.dimension
    for (row, id) in found.ids.enumerated() {
      let expected = sent[id] ?? fresh
      let price: AttributeValue? =
        ids[10..<30].contains(id) ? .float(888) : ids[..<10].contains(id) ? .float(777) : expected.attributes[0]
      #expect(found.attributes.value(row: row, column: 0) == price, "item \(id)")
      #expect(found.attributes.value(row: row, column: 2) == expected.attributes[2])
      #expect(Array(found.embeddings[row * width..<(row + 1) * width]) == expected.embedding, "vectors of the push")
    }
    #expect(try cluster.ask(cluster.rank()).report.coverage == 1_000_000)
  }

  /// A push whose client was killed.
  @Test func aNewPushTakesThePlaceOfOneThatWasInterrupted() throws {
    let cluster = try servingCluster()
    let interrupted = try stage(cluster)
    try fill(cluster, interrupted)
    func pass(seconds: UInt64) throws {
      try cluster.executor.run { [executor = cluster.executor] in
        await executor.sleep(until: executor.clock.now().advanced(microseconds: seconds * 1_000_000))
      }
    }
    try pass(seconds: 10)
    #expect {
      try stage(cluster)
    } throws: { error in
      let message = (error as? WireError)?.message ?? ""
      return message.contains("nothing was sent to it for 10 s")
        && message.contains("winnow model discard --collection shop \(interrupted.rawValue)")
    }
    let metrics = try cluster.ask(MetricsRequest()).text
    #expect(metrics.contains("winnow_staged_silent_seconds{collection=\"shop\"} 10"))
    try pass(seconds: 6)
    let generation = try stage(cluster)
    #expect(generation > interrupted)
    try fill(cluster, generation)
    let list = try cluster.ask(step(.activate(generation, content: digest(new)))).generations
    #expect(list.map(\.state) == [.previous, .active])
    #expect(try !cluster.ask(MetricsRequest()).text.contains("winnow_staged_seconds{"))
  }

  @Test func thereIsAWayBackWhileThePreviousIsKept() throws {
    let cluster = try servingCluster()
    let before = try cluster.ask(userQuery)
    let generation = try stage(cluster)
    try fill(cluster, generation)
    _ = try cluster.ask(step(.activate(generation, content: digest(new))))
    let back = try cluster.ask(step(.activate(Generation(1), content: ItemDigest()))).generations
    #expect(back.map(\.state) == [.active, .previous])
    #expect(try cluster.ask(userQuery).results.body.bytes == before.results.body.bytes)
    try cluster.restart()
    #expect(try cluster.ask(userQuery).results.body.bytes == before.results.body.bytes, "and it is durable")
    // A shard that lost the other one cannot serve it again.
    cluster.shards[2].restart()
    cluster.greet()
    #expect(cluster.code(step(.activate(generation, content: ItemDigest()))) == .conflict)
    // The next stage makes room: two generations at most.
    let third = try stage(cluster)
    #expect(third > generation)
    #expect(try cluster.ask(step(.list)).generations.map(\.generation) == [Generation(1), third])
    #expect(try cluster.ask(StatusRequest()).collections.map(\.generation) == [Generation(1), third])
  }

  @Test func thereIsNoWayBackToADamagedModel() throws {
    let cluster = try servingCluster()
    let path = try #require(cluster.disk.sizes.map(\.path).first { $0.hasSuffix("weights.safetensors") })
    let generation = try stage(cluster)
    try fill(cluster, generation)
    _ = try cluster.ask(step(.activate(generation, content: digest(new))))
    let after = try cluster.ask(userQuery).results.body.bytes
    cluster.disk.flip(bit: 4000, of: path)
    try cluster.restart()
    cluster.greet()
    let refusal = #expect(throws: WireError.self) {
      try cluster.ask(step(.activate(Generation(1), content: ItemDigest())))
    }
    #expect(refusal?.code == .conflict && refusal?.message.contains("winnow model push") == true, "\(refusal as Any)")
    #expect(try cluster.ask(userQuery).results.body.bytes == after)
  }

  @Test func queryEndsInTheGenerationItBeganWith() throws {
    let cluster = try servingCluster()
    let expected = try cluster.ask(userQuery)
    let generation = try stage(cluster)
    try fill(cluster, generation)
    cluster.shards[0].behaviour = .slow(100_000)
    let requests = [
      step(.activate(generation, content: digest(new))), step(.stage(try #require(TestCluster.schema))),
    ]
    let late = try cluster.askDuring(userQuery, budget: 2_000_000) { coordinator, now in
      for request in requests {
        let inbound = InboundRequest(
          opcode: .generation, bodyVersion: request.body.version, body: request.body.bytes[...], arrival: now,
          deadline: now.advanced(microseconds: 2_000_000))
        if case .failure(let error) = await coordinator.handle(inbound) { Issue.record(error) }
      }
    }
    #expect(late.results.body.bytes == expected.results.body.bytes && late.report.generation == Generation(1))
    cluster.shards[0].behaviour = .normal
    #expect(try cluster.ask(userQuery).report.generation == generation)
    #expect(try cluster.ask(step(.list)).generations.map(\.state) == [.active, .staged], "the first is gone by now")
  }

  /// Queries come all the time, also while shards are slow, during a whole push and the way back.
  @Test func everyAnswerDuringAPushComesWhollyFromOneGeneration() throws {
    let cluster = try servingCluster()
    var query = userQuery
    query.sessionItems = [1, 8, 15]
    query.vector = []
    let sent = query
    let old = try cluster.ask(sent)
    cluster.shards[1].behaviour = .slow(7_000)
    let (executor, coordinator, content) = (cluster.executor, cluster.coordinator, digest(new))
    var upsert = try TestCluster.upsert(new, writer: 44)
    let schema = try #require(TestCluster.schema)
    upsert.generation = Generation(2)
    let requests: [any RequestMessage] =
      [step(.stage(schema)), upsert]
      + TestCluster.requests(try TestCluster.model(seed: 2), upload: 2).map { request in
        var request = request
        request.generation = Generation(2)
        return request
      }
      + [
        step(.activate(Generation(2), content: content)), step(.activate(Generation(1), content: ItemDigest())),
        step(.activate(Generation(2), content: ItemDigest())), step(.discard(Generation(1))),
      ]
    let answers = try executor.run {
      await withTaskGroup(of: RankResponse?.self) { group in
        for number in 0..<200 as Range<UInt64> {
          group.addTask {
            await executor.sleep(until: executor.clock.now().advanced(microseconds: number * 1_000))
            return await Self.answer(sent, coordinator, executor)
          }
        }
        for request in requests {
          await executor.sleep(until: executor.clock.now().advanced(microseconds: 10_000))
          func send<Request: RequestMessage>(_ request: Request) async {
            if await Self.answer(request, coordinator, executor) == nil { Issue.record("\(request) failed") }
          }
          await send(request)
        }
        var answers: [RankResponse?] = []
        for await answer in group { answers.append(answer) }
        return answers
      }
    }
    cluster.shards[1].behaviour = .normal
    let last = try cluster.ask(query)
    #expect(last.report.generation == Generation(2) && last.results != old.results)
    #expect(answers.count == 200 && answers.allSatisfy { $0 != nil }, "none failed")
    let expected = [Generation(1): old, Generation(2): last]
    for answer in answers.compactMap({ $0 }) {
      #expect(answer.results.body.bytes == expected[answer.report.generation]?.results.body.bytes)
      #expect(answer.report.model == expected[answer.report.generation]?.report.model)
      #expect(answer.report.coverage == 1_000_000)
    }
    #expect(Set(answers.compactMap { $0?.report.generation }).count == 2, "both have answered")
  }

  private static func answer<Request: RequestMessage>(
    _ request: Request, _ coordinator: Coordinator, _ executor: ManualExecutor
  ) async -> Request.Reply? {
    let now = executor.clock.now()
    let inbound = InboundRequest(
      opcode: Request.opcode, bodyVersion: request.body.version, body: request.body.bytes[...], arrival: now,
      deadline: now.advanced(microseconds: 2_000_000))
    guard case .reply(let body) = await coordinator.handle(inbound) else { return nil }
    return try? Request.Reply(body: body.bytes, version: body.version)
  }

  @Test func crashWhileStagingLeavesTheOldGenerationAlone() throws {
    let cluster = try servingCluster()
    let before = try cluster.ask(userQuery)
    let generation = try stage(cluster)
    try fill(cluster, generation)
    try cluster.restart()
    #expect(cluster.greet() == 3)
    #expect(try cluster.ask(step(.list)).generations.map(\.generation) == [Generation(1)])
    #expect(cluster.code(step(.activate(generation, content: digest(new)))) == .unknownGeneration)
    #expect(try cluster.ask(userQuery).results.body.bytes == before.results.body.bytes)
    #expect(try cluster.disk.list("/data/models").count == 3, "the staged model is gone too")
    var describe = CollectionDescribeRequest(name: nil)
    describe.name = "shop"
    #expect(try cluster.ask(describe).collections.map(\.items) == [90])
    #expect(try stage(cluster) > generation, "no number is given twice")
  }

  @Test func shardThatRestartsWhileStagingFailsTheSwitch() throws {
    let cluster = try servingCluster()
    let generation = try stage(cluster)
    try fill(cluster, generation)
    cluster.shards[1].restart()
    cluster.greet()
    #expect(cluster.code(step(.activate(generation, content: digest(new)))) != nil)
    #expect(try cluster.ask(userQuery).report.generation == Generation(1))
    #expect(try cluster.ask(step(.discard(generation))).generations.map(\.state) == [.active])
    let begin = try cluster.ask(FeedRequest(collection: "shop", step: .begin))
    #expect(begin.incompleteShards == 1)
  }

  @Test func numbersAreNotGivenTwiceAfterADrop() throws {
    let cluster = try servingCluster()
    let staged = try stage(cluster)
    _ = try cluster.ask(CollectionDropRequest(name: "shop"))
    try cluster.createShop()
    let made = try cluster.ask(step(.list)).generations
    #expect(made.count == 1 && made.allSatisfy { $0.generation > staged && $0.content.itemCount == 0 })
    var request = cluster.rank()
    request.generation = Generation(1)
    #expect(cluster.code(request) == .unknownGeneration)
    try cluster.restart()
    _ = try cluster.ask(CollectionDropRequest(name: "shop"))
    try cluster.createShop()
    #expect(try cluster.ask(step(.list)).generations.allSatisfy { $0.generation > made[0].generation })
  }

  @Test func leftoversAreTidiedUp() throws {
    var configuration = Coordinator.Configuration()
    configuration.stagedMicrosecondsMax = 2_000_000
    configuration.previousMicrosecondsMax = 5_000_000
    let cluster = try servingCluster(configuration)
    let executor = cluster.executor
    let coordinator = cluster.coordinator
    func tidy(after microseconds: UInt64) throws {
      try executor.run {
        await executor.sleep(until: executor.clock.now().advanced(microseconds: microseconds))
        try await coordinator.tidy(by: executor.clock.now().advanced(microseconds: 1_000_000))
      }
    }
    _ = try stage(cluster)
    try tidy(after: 1_500_000)
    #expect(try cluster.ask(step(.list)).generations.count == 2, "it is young")
    try tidy(after: 1_500_000)
    #expect(try cluster.ask(step(.list)).generations.map(\.state) == [.active])
    let generation = try stage(cluster)
    try fill(cluster, generation)
    _ = try cluster.ask(step(.activate(generation, content: digest(new))))
    try tidy(after: 3_000_000)
    #expect(try cluster.ask(step(.list)).generations.map(\.state) == [.previous, .active])
    try tidy(after: 3_000_000)
    #expect(try cluster.ask(step(.list)).generations.map(\.state) == [.active])
    #expect(try cluster.disk.list("/data/models").count == 3, "with its model")
    #expect(try cluster.ask(userQuery).report.generation == generation)
  }

  @Test func generationsAreAtMostSixtyFour() throws {
    let cluster = try TestCluster(shardCount: 1)
    let schema = try #require(CollectionSchema(embeddingDimension: 2, rerankDimension: 0, attributes: []))
    for number in 0..<32 { _ = try cluster.ask(CollectionCreateRequest(name: "c\(number)", schema: schema)) }
    for number in 0..<32 { _ = try cluster.ask(GenerationRequest(collection: "c\(number)", step: .stage(schema))) }
    #expect(cluster.code(CollectionCreateRequest(name: "more", schema: schema)) == .limitExceeded)
    #expect(try cluster.ask(StatusRequest()).collections.count == 64)
  }
}
