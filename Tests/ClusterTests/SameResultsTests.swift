import Support
import Testing
import Transport
import Vocabulary
import Wire

/// 1, 3 and 7 shards give the bytes that the slow twin gives.
@Suite struct SameResultsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let seed: UInt64
    let shape: RandomShop.Shape

    init(_ name: String, seed: UInt64, _ change: (inout RandomShop.Shape) -> Void) {
      testDescription = name
      self.seed = seed
      var shape = RandomShop.Shape()
      change(&shape)
      self.shape = shape
    }
  }

  static let cases = [
    Case("one dimension, no model, equal scores", seed: 1) {
      ($0.d, $0.r, $0.u, $0.itemCount) = (1, 0, 0, 90)
      ($0.hasModel, $0.isCoarse) = (false, true)
    },
    Case("every kind of input", seed: 2) { $0.itemCount = 260 },
    Case("equal scores, a fallback", seed: 3) {
      ($0.d, $0.r, $0.u, $0.itemCount) = (4, 4, 4, 240)
      ($0.isCoarse, $0.hasFallback) = (true, true)
    },
    Case("u = d, unlike r; a fallback", seed: 4) {
      ($0.d, $0.r, $0.u, $0.itemCount, $0.hasFallback) = (17, 5, 17, 150, true)
    },
    Case("wide vectors", seed: 5) { ($0.d, $0.r, $0.u, $0.itemCount) = (100, 33, 33, 120) },
    Case("logits that are not finite", seed: 6) {
      ($0.itemCount, $0.isHuge) = (150, true)
    },
    Case("a model without rerank vectors", seed: 7) { ($0.d, $0.r, $0.u, $0.itemCount) = (16, 0, 2, 130) },
    Case("fewer items than shards", seed: 8) { ($0.d, $0.itemCount) = (5, 4) },
  ]

  @Test(arguments: cases)
  func anyNumberOfShardsGivesTheBytesOfTheSlowTwin(_ each: Case) throws {
    let shop = try #require(try RandomShop(each.shape, seed: each.seed))
    let requests = shop.requests(60)
    let expected = try requests.map { try shop.twin.answer($0) }
    for shardCount in [1, 3, 7] {
      try MemoryCluster.run(shardCount: shardCount) { cluster in
        try await cluster.fill(shop)
        for (request, answer) in zip(requests, expected) {
          guard let answer else {
            #expect(await cluster.refusal(request) == .unknownUser)
            continue
          }
          let body = try await cluster.body(request)
          let reply = try RankResponse(body: body, version: request.sentVersion)
          let isSame = try resultBytes(body) == answer.results.body.bytes
          #expect(isSame, "\(shardCount) shards, \(request): \(reply.results) instead of \(answer.results)")
          #expect(reply.report.coverage == 1_000_000)
          #expect(reply.report.missing.isEmpty)
          #expect(reply.report.itemsCovered == UInt64(shop.items.count))
          #expect(reply.report.passed == UInt64(answer.passed))
          if !isSame { return }
        }
      }
    }
  }

  @Test(arguments: cases)
  func retrievalScoresAreCloseToFloat64(_ each: Case) throws {
    let shop = try #require(try RandomShop(each.shape, seed: each.seed))
    let embeddings = Dictionary(uniqueKeysWithValues: shop.items.map { ($0.id.rawValue, $0.embedding) })
    for request in shop.requests(60) {
      guard let answer = try shop.twin.answer(request) else { continue }
      for (id, score) in zip(answer.results.ids, answer.results.retrievalScores) {
        let embedding = try #require(embeddings[id])
        func product(_ a: [Float], _ b: [Float]) -> Double {
          zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let bound =
          1e-5 * (product(answer.query, answer.query) * product(embedding, embedding)).squareRoot()
        #expect(abs(Double(score) - product(answer.query, embedding)) <= bound)
      }
    }
  }

  @Test func someCasesHaveWhatTheyAreNamedFor() throws {
    let huge = try #require(try RandomShop(Self.cases[5].shape, seed: Self.cases[5].seed))
    let answers = try huge.requests(60).compactMap { try huge.twin.answer($0) }
    #expect(answers.contains { $0.results.rerankedCount < $0.results.ids.count && $0.results.rerankedCount > 0 })
    let ties = try #require(try RandomShop(Self.cases[2].shape, seed: Self.cases[2].seed))
    let scores = try ties.requests(60).compactMap { try ties.twin.answer($0)?.results.retrievalScores }
    #expect(scores.contains { Set($0).count < $0.count })
    #expect(scores.contains { $0.count > 20 })
  }

  @Test func deletesAndReplacementsShowInTheNextAnswerAtAnyNumberOfShards() throws {
    let shop = try #require(try RandomShop(RandomShop.Shape(), seed: 21))
    var changed = shop.items
    var random = SeededRandom(seed: 22)
    let removed = changed.indices.filter { $0 % 5 == 0 }.map { changed[$0].id }
    for index in changed.indices where index % 3 == 0 { changed[index].embedding = random.floats(8) }
    let replaced = changed.enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
    changed.removeAll { removed.contains($0.id) }
    let twin = SlowQuery(schema: shop.schema, items: changed, model: shop.model)
    let requests = shop.requests(8)
    let expected = try requests.map { try twin.answer($0)?.results.body.bytes }
    for shardCount in [1, 3, 7] {
      try MemoryCluster.run(shardCount: shardCount) { cluster in
        try await cluster.fill(shop)
        try await cluster.ask(UpsertRequest(replaced[...], shop.schema, writer: 10, op: 1))
        try await cluster.ask(
          DeleteRequest(
            collection: "shop", writer: 11, op: 1, ids: removed.map(\.rawValue),
            expectedVersions: [UInt64](repeating: 0, count: removed.count)))
        for (request, bytes) in zip(requests, expected) {
          guard let bytes else { continue }
          #expect(try resultBytes(try await cluster.body(request)) == bytes)
        }
      }
    }
  }

  @Test func brokenPiecesAndDelaysOnTheWayChangeNoByte() throws {
    let shop = try #require(try RandomShop(RandomShop.Shape(), seed: 31))
    let requests = shop.requests(8)
    let expected = try requests.map { try shop.twin.answer($0)?.results.body.bytes }
    var conditions = MemoryConditions()
    conditions.pieceBytesMax = 700
    conditions.delayMicroseconds = 10...3000
    try MemoryCluster.run(shardCount: 3, conditions: conditions) { cluster in
      try await cluster.fill(shop)
      for (request, bytes) in zip(requests, expected) {
        guard let bytes else { continue }
        #expect(try resultBytes(try await cluster.body(request)) == bytes)
      }
    }
  }
}
