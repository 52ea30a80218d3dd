import CoordinatorNode
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// Merchandising rules from the coordinator's side, over real shards in one process.
@Suite struct RuleTests {
  private static let items = TestCluster.items(200)

  private func cluster(_ shardCount: Int = 3, hasModel: Bool = false) throws -> TestCluster {
    let cluster = try TestCluster(shardCount: shardCount)
    try cluster.createShop()
    _ = try cluster.ask(try TestCluster.upsert(Self.items))
    if hasModel { try cluster.load(try TestCluster.model(seed: 5)) }
    return cluster
  }

  private func keep(_ cluster: TestCluster, _ rules: [(String, String)]) throws {
    let reply = try cluster.ask(RuleRequest(.put, of: "shop", rules: rules.map { .init($0.0, $0.1) }))
    #expect(reply.changed == UInt32(rules.count))
  }

  @Test func rulesAreKeptListedAndRemoved() throws {
    let cluster = try cluster()
    #expect(cluster.code(RuleRequest(.list, of: "nowhere")) == .unknownCollection)
    try keep(cluster, [("b", #"{"hide": ["brand = brand1"]}"#), ("a", #"{"message": "hello"}"#)])
    let again = try cluster.ask(RuleRequest(.put, of: "shop", rules: [.init("a", #"{"message": "hello"}"#)]))
    #expect(again.changed == 0 && again.total == 2)
    let listed = try cluster.ask(RuleRequest(.list, of: "shop"))
    #expect(listed.rules.map(\.name) == ["a", "b"] && !listed.hasMore)
    #expect(try cluster.ask(RuleRequest(.remove, of: "shop", rules: [.init("a"), .init("c")])).changed == 1)
    #expect(try cluster.ask(RuleRequest(.list, of: "shop")).total == 1)
  }

  @Test(arguments: [
    ("{", "the document"), ("[]", "the document"), ("{}", "the document"), (#"{"colour": 1}"#, "colour"),
    (#"{"words": {"like": "a"}, "message": "x"}"#, "words.like"), (#"{"words": {}, "message": "x"}"#, "words"),
    (#"{"words": {"equal": " "}, "message": "x"}"#, "words.equal"),
    (#"{"pin": [{"item": 1, "place": 0}]}"#, "pin[0].place"),
    (#"{"pin": [{"item": 1, "place": 1}, {"item": 1, "place": 2}]}"#, "pin[1]"), (#"{"hide": ["price <"]}"#, "hide[0]"),
    (#"{"hide": ["colour = red"]}"#, "hide[0]"), (#"{"filter": "title = a"}"#, "filter"),
    (#"{"boost": [{"filter": "price < 1", "logits": 1001}]}"#, "boost[0].logits"),
    (#"{"cap": {"attribute": "price", "most": 1}}"#, "cap.attribute"),
    (#"{"from": 9, "until": 9, "message": "x"}"#, "until"), (#"{"message": 7}"#, "message"),
    (#"{"context": {"A B": 1}, "message": "x"}"#, "context"),
  ]) func aDocumentThatDoesNotFitIsRefusedWithItsPlace(document: String, place: String) throws {
    let cluster = try cluster(1)
    do {
      _ = try cluster.ask(
        RuleRequest(.put, of: "shop", rules: [.init("good", #"{"message": "x"}"#), .init("bad", document)]))
      Issue.record("\(document) was kept")
    } catch let error as WireError {
      #expect(error.code == .badRule && error.message.hasPrefix("rule bad, \(place)"), "\(error.message)")
    }
    #expect(try cluster.ask(RuleRequest(.list, of: "shop")).total == 0)
  }

  @Test(arguments: [1, 3]) func aPinPutsAnItemAtItsPlace(shardCount: Int) throws {
    let cluster = try cluster(shardCount, hasModel: true)
    let plain = try cluster.ask(cluster.rank { $0.user = UserID(1) })
    let last = try cluster.ask(cluster.rank(k: 200, depth: 200) { $0.user = UserID(1) }).results.ids[199]
    try keep(
      cluster,
      [
        ("first", #"{"priority": 2, "pin": [{"item": \#(last), "place": 2}, {"item": 999999, "place": 5}]}"#),
        ("second", #"{"priority": 1, "pin": [{"item": 1, "place": 2}]}"#),
      ])
    let reply = try cluster.ask(cluster.rank { $0.user = UserID(1) })
    #expect(reply.results.ids == [plain.results.ids[0], last] + plain.results.ids[1..<9])
    #expect(reply.report.page.rules.map(\.name) == ["first", "second"])
    #expect(reply.report.page.rules.map(\.outcome) == [.pinMissing, .overruled])
    #expect(reply.report.page.moves.contains { $0.result == 1 && $0.kind == .pins && $0.places > 0 })
    let without = try cluster.ask(
      cluster.rank { request in
        request.user = UserID(1)
        request.page.skipsRules = true
      })
    #expect(without.results.body.bytes == plain.results.body.bytes && without.report.page.rules.isEmpty)
  }

  @Test func aPinOfAnItemThatTheFilterKeepsOutNeedsForce() throws {
    let cluster = try cluster()
    // The item of index 1 has the brand brand1.
    try keep(cluster, [("pin", #"{"pin": [{"item": 8, "place": 1}]}"#)])
    let filtered = cluster.rank { $0.filter = "brand = brand2" }
    let reply = try cluster.ask(filtered)
    #expect(!reply.results.ids.contains(8) && reply.report.page.rules[0].outcome == .pinExcluded)
    try keep(cluster, [("pin", #"{"pin": [{"item": 8, "place": 1, "force": true}]}"#)])
    let forced = try cluster.ask(filtered)
    #expect(forced.results.ids[0] == 8 && forced.report.page.rules[0].outcome == .acted)
  }

  @Test func boostsHidesFiltersAndCapsAct() throws {
    let cluster = try cluster()
    func brands(_ reply: RankResponse) -> [AttributeValue?] {
      reply.results.ids.indices.map { reply.results.attributes.value(row: $0, column: 0) }
    }
    let request = cluster.rank(k: 12, depth: 200) { $0.attributes = .named(["brand"]) }
    try keep(cluster, [("boost", #"{"boost": [{"filter": "brand = brand3", "logits": 1000}]}"#)])
    let boosted = try cluster.ask(request)
    #expect(brands(boosted).allSatisfy { $0 == .keyword("brand3") } && boosted.report.page.steps[0].kind == .boosts)
    try keep(cluster, [("boost", #"{"hide": ["brand = brand3", "price < 50"], "filter": "has price"}"#)])
    let hidden = try cluster.ask(
      cluster.rank(k: 50, depth: 200) { request in
        request.attributes = .named(["brand", "price"])
        request.page.wantsTotal = true
      })
    for row in hidden.results.ids.indices {
      #expect(hidden.results.attributes.value(row: row, column: 0) != .keyword("brand3"))
      guard case .float(let price)? = hidden.results.attributes.value(row: row, column: 1) else {
        Issue.record("an item without a price")
        continue
      }
      #expect(price >= 50)
    }
    let left = (0..<Self.items.count).filter { index in index % 4 != 3 && index % 5 != 0 && index >= 50 }
    #expect(hidden.report.page.total == UInt64(left.count))
    try keep(cluster, [("boost", #"{"cap": {"attribute": "brand", "most": 2}}"#)])
    let capped = brands(try cluster.ask(request))
    #expect(capped.count == 8 && Set(capped).count == 4)
  }

  @Test func aRuleActsWhereItsConditionHolds() throws {
    let cluster = try cluster()
    let now = cluster.executor.clock.now().nanoseconds / 1_000_000_000
    try keep(
      cluster,
      [
        ("phone", #"{"context": {"device": "phone"}, "message": "phone"}"#),
        ("nine", #"{"context": {"hour": 9}, "message": "nine"}"#),
        ("over", #"{"until": \#(now == 0 ? 0 : now), "message": "over"}"#),
        ("later", #"{"from": \#(now + 1000), "message": "later"}"#), ("always", #"{"message": "always"}"#),
      ])
    func acting(_ context: [RankRequest.Feature]) throws -> Set<String> {
      Set(
        try cluster.ask(
          cluster.rank { request in
            request.context = context
            request.page.wantsTotal = true
          }
        ).report.page.rules.map(\.message))
    }
    #expect(try acting([]) == ["always"])
    #expect(try acting([("device", .keyword("phone"))]) == ["always", "phone"])
    #expect(try acting([("device", .keyword("tv")), ("hour", .number(9))]) == ["always", "nine"])
  }

  @Test func rulesOutliveTheCoordinator() throws {
    var catalogue = CollectionCatalogue(incarnation: Bytes16(low: 1, high: 2))
    let schema = try #require(TestCluster.schema)
    var collection = CollectionCatalogue.Collection(active: .init(generation: Generation(1), schema: schema))
    let version = catalogue.bytes[0]
    collection.rules = [.init(name: "a", made: 7, document: #"{"message": "é"}"#)]
    catalogue.collections["shop"] = collection
    #expect(catalogue.bytes[0] == 6 && version < 6)
    #expect(try CollectionCatalogue(bytes: catalogue.bytes) == catalogue)
  }
}
