import Names
import Ranking
import Storage
import Support
import Testing
import Vocabulary

@testable import DataSets
@testable import Evaluation

struct TwoPhaseRankerTests {
  /// The order of the whole catalogue by plain loops: inner products, then logits of the first `depth`.
  private func slowOrder(
    _ fixture: EvaluationFixture, _ query: CaseQuery, _ user: UserVectors, depth: Int
  ) throws -> (retrieved: [ItemID], reranked: [ItemID]) {
    let found = SlowSearch.search(fixture.items, query: user.query, limit: .max) { !query.excluded.contains($0.id) }
    let schema = fixture.manifest.collection
    let logits = try found.prefix(depth).map { candidate in
      let item = try #require(fixture.items.first { $0.id == candidate.itemID })
      let inputs = fixture.model.inputs(
        user, item, score: candidate.score.value, schema: schema, context: query.eventContext.context)
      return (candidate.itemID, fixture.model.logit(inputs))
    }
    let ranked = logits.sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0 }.map(\.0)
    return (found.map(\.itemID), ranked + found.dropFirst(depth).map(\.itemID))
  }

  @Test(arguments: [(false, 10, 5), (true, 7, 12), (true, 100, 3), (false, 1, 4)])
  func theAnswersAreThoseOfASlowTwin(isCoarse: Bool, depth: Int, k: Int) throws {
    let directory = TemporaryDirectory()
    let fixture = try EvaluationFixture(hasFallback: true, isCoarse: isCoarse)
    try fixture.write(directory)
    let ranker = TwoPhaseRanker(try fixture.served(directory))
    let test = try TestSet(fixture.read(), held: nil)
    let outcome = ranker.run(test, depth: depth, k: k, threads: 1)
    #expect(outcome.unansweredCount == 0 && test.cases.count > 8)
    for index in test.cases.indices {
      let query = test.query(index)
      let user = try #require(fixture.model.users[query.user] ?? fixture.model.fallback)
      let (retrieved, reranked) = try slowOrder(fixture, query, user, depth: depth)
      for (order, ranked) in [(retrieved, outcome.retrieved.cases[index]), (reranked, outcome.reranked.cases[index])] {
        #expect(ranked.first == Array(order.prefix(k)))
        let places = query.relevant.map { order.firstIndex(of: $0) ?? order.count }
        #expect(ranked.places == places)
        let before = places.reduce(0, +)
        let isKnown = order.contains(query.relevant[0])
        let auc = 1 - Double(before) / Double(order.count - (isKnown ? 1 : 0))
        #expect(abs((ranked.auc ?? .nan) - auc) < 1e-12)
      }
    }
    #expect(ranker.run(test, depth: depth, k: k, threads: 3).reranked.cases == outcome.reranked.cases)
  }

  @Test func listedItemsAreRankedByLogitAndTiesCountAgainst() throws {
    let directory = TemporaryDirectory()
    let fixture = try EvaluationFixture()
    try fixture.write(directory)
    let ranker = TwoPhaseRanker(try fixture.served(directory))
    let user = try #require(fixture.model.users[UserID(101)])
    let others = fixture.items[4..<20].map(\.id)
    let relevant = fixture.items[1]
    // Item 29 is in the log and not in the model.
    let query = CaseQuery(
      user: UserID(101), userIndex: 1, relevant: [relevant.id, ItemID(29)], excluded: [], others: nil, negatives: [])
    let (retrieved, reranked) = ranker.rank(query, among: others, user)
    func logit(_ item: Item) -> Float {
      let score = SlowSearch.dot(user.query, item.embedding)
      let inputs = fixture.model.inputs(user, item, score: score, schema: fixture.manifest.collection, context: [:])
      return fixture.model.logit(inputs)
    }
    let better = fixture.items[4..<20].count { logit($0) >= logit(relevant) }
    let closer = fixture.items[4..<20].count {
      SlowSearch.dot(user.query, $0.embedding) >= SlowSearch.dot(user.query, relevant.embedding)
    }
    #expect(reranked.places == [better, 17] && retrieved.places == [closer, 17])
    let logits = [logit(relevant)] + fixture.items[4..<20].map(logit)
    #expect(reranked.logLoss == Metrics.logLoss(logits, labels: [1] + [Float](repeating: 0, count: 16)))
    #expect(retrieved.logLoss == nil && reranked.first.isEmpty)
    #expect(RankedCase(listed: [0, 0, 0], relevantCount: 1).places == [2])
    #expect(RankedCase(listed: [.nan, -.infinity, 1], relevantCount: 1).places == [2])
  }

  @Test func aCapTakesTheNextOfAnotherGroup() throws {
    let directory = TemporaryDirectory()
    let fixture = try EvaluationFixture()
    try fixture.write(directory)
    let ranker = TwoPhaseRanker(try fixture.served(directory))
    let test = try TestSet(fixture.read(), held: nil)
    let category = Dictionary(uniqueKeysWithValues: fixture.items.map { ($0.id, $0.attributes[0]) })
    let cap = TwoPhaseRanker.Cap(name: "capped", most: 2) { category[$0] ?? nil }
    let outcome = ranker.run(test, depth: 30, k: 6, cap: cap, threads: 2)
    let capped = try #require(outcome.capped)
    for (index, ranked) in capped.cases.enumerated() where outcome.reranked.cases[index].places != [.max] {
      let query = test.query(index)
      let user = try #require(fixture.model.users[query.user])
      var counts: [AttributeValue: Int] = [:]
      var expected: [ItemID] = []
      for item in try slowOrder(fixture, query, user, depth: 30).reranked.prefix(30) where expected.count < 6 {
        if let value = category[item] ?? nil {
          guard counts[value, default: 0] < 2 else { continue }
          counts[value, default: 0] += 1
        }
        expected.append(item)
      }
      #expect(ranked.first == expected)
      #expect(ranked.places == query.relevant.map { expected.firstIndex(of: $0) ?? .max })
    }
    #expect(capped.cases.map(\.first) != outcome.reranked.cases.map(\.first))
  }

  @Test func aUserWhomTheModelDoesNotKnowIsAMissAndAnItemComesLast() throws {
    let directory = TemporaryDirectory()
    let fixture = try EvaluationFixture(missing: 2)
    try fixture.write(directory)
    let ranker = TwoPhaseRanker(try fixture.served(directory))
    let test = try TestSet(fixture.read(), held: nil)
    let outcome = ranker.run(test, depth: 10, k: 10, threads: 1)
    #expect(outcome.unansweredCount == 1)
    let last = try #require(outcome.reranked.cases.last)
    #expect(last.places == [.max] && last.first.isEmpty && Metric.hitRate(10).value(last) == 0)
    // Every second item is not in the model.
    let unknown = test.cases.indices.dropLast().filter { test.query($0).relevant[0].rawValue % 2 == 0 }
    #expect(outcome.unknownItemCount == unknown.count && !unknown.isEmpty)
    for index in unknown { #expect(Metric.ndcg(60).value(outcome.reranked.cases[index]).map { $0 < 0.3 } == true) }
    for index in unknown { #expect(outcome.reranked.cases[index].auc == 0) }
  }

  @Test func baselinesRankTheCatalogueOfTheModel() throws {
    let directory = TemporaryDirectory()
    let fixture = try EvaluationFixture()
    try fixture.write(directory)
    let served = try fixture.served(directory)
    let test = try TestSet(fixture.read(), held: nil)
    let ranker = BaselineRanker(.popularity, test.learned, ids: served.ids) {
      fixture.data.items.position(ofID: $0.rawValue)
    }
    let standing = ranker.run(test, name: "popularity", k: 8, threads: 2)
    let popularity = test.learned.popularity
    for index in test.cases.indices {
      let query = test.query(index)
      let order = fixture.items.map(\.id).filter { !query.excluded.contains($0) }
        .map { ($0, popularity[fixture.data.items.position(ofID: $0.rawValue) ?? 0]) }
        .sorted { ($1.1, $0.0) < ($0.1, $1.0) }.map(\.0)
      #expect(standing.cases[index].first == Array(order.prefix(8)))
      #expect(standing.cases[index].places == query.relevant.map { order.firstIndex(of: $0) ?? order.count })
      #expect(standing.cases[index].logLoss == nil)
    }
  }

  @Test func filesThatAreMissingOrBrokenAreNamed() throws {
    let fixture = try EvaluationFixture()
    func complaint(_ change: (String) throws -> Void) throws -> DataError? {
      let directory = TemporaryDirectory()
      try fixture.write(directory)
      try change(directory.path + "/model")
      do {
        _ = try fixture.served(directory)
        return nil
      } catch let error as DataError { return error }
    }
    #expect(try complaint { _ in } == nil)
    for name in ["manifest.json", "weights.safetensors", "items.safetensors", "items.jsonl"] {
      let error = try #require(try complaint { try RealDisk().remove("\($0)/\(name)") })
      #expect(error.file.hasSuffix("model/\(name)") && error.kind == .unreadable)
    }
    let torn = try #require(try complaint { try RealDisk().replace("\($0)/items.safetensors", with: [1, 2, 3]) })
    #expect(torn.file.hasSuffix("model/items.safetensors"))
    let short = try #require(
      try complaint { try RealDisk().replace("\($0)/items.jsonl", with: Array(#"{"id":1,"price":3}"#.utf8)) })
    #expect(short.file.hasSuffix("model/items.jsonl") && short.kind == .conflict)
    let swapped = try #require(
      try complaint { model in
        let path = "\(model)/items.jsonl"
        var lines = (try RealDisk().read(path, limit: 1 << 20) ?? []).split(separator: 0x0A).map(Array.init)
        lines.swapAt(0, 1)
        try RealDisk().replace(path, with: Array(lines.joined(separator: [0x0A])))
      })
    #expect(swapped.file.hasSuffix("model/items.jsonl") && swapped.kind == .conflict && swapped.line == 1)
    let odd = try #require(try complaint { try RealDisk().replace("\($0)/training.json", with: Array("{".utf8)) })
    #expect(odd.file.hasSuffix("model/training.json"))
  }
}
