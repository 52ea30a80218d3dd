import CoordinatorNode
import Placement
import Ranking
import Support
import Testing
import Text
import Transport
import Vocabulary
import Wire

/// Beginnings of queries are completed from the model's file and the shopper's own history.
@Suite struct SuggestTests {
  private static let items = TestCluster.items(120)
  /// About the coordinator's time: its clock has run so long before the collection is there.
  private static let now: Int64 = 200 * 86_400_000_000

  /// Queries with how many shoppers typed them, and the brands in which all of them went on.
  private static let queries: [(text: String, users: Int, brands: [String])] = [
    ("red boots", 9, ["brand0"]), ("Red shoes", 30, ["brand1"]), ("red hat", 7, []), ("blue boots", 12, ["brand2"]),
    ("rare boots", 4, ["brand0"]),
  ]

  private static func suggestions() throws -> [UInt8] {
    var builder = SuggestionsBuilder(try TextAnalyser(), queries: queries.map(\.text), attribute: "brand")
    for (query, entry) in queries.enumerated() {
      for user in 0..<entry.users { builder.add(query: query, user: UInt32(user), categories: entry.brands) }
    }
    return builder.suggestions().bytes
  }

  private func cluster(
    _ shardCount: Int = 3, suggestions: [UInt8]? = nil, _ configuration: Coordinator.Configuration = .init()
  ) throws -> TestCluster {
    let cluster = try TestCluster(shardCount: shardCount, configuration: configuration)
    try wait(UInt64(Self.now), cluster)
    try cluster.createShop()
    for (index, start) in stride(from: 0, to: Self.items.count, by: 100).enumerated() {
      let part = Array(Self.items[start..<min(start + 100, Self.items.count)])
      _ = try cluster.ask(try TestCluster.upsert(part, op: UInt64(index + 1)))
    }
    var files = try TestCluster.model(seed: 8)
    files.words.suggestions = try suggestions ?? Self.suggestions()
    try cluster.load(files)
    return cluster
  }

  /// Lets the coordinator's clock run.
  private func wait(_ microseconds: UInt64, _ cluster: TestCluster) throws {
    let executor = cluster.executor
    try executor.run { await executor.sleep(until: executor.clock.now().advanced(microseconds: microseconds)) }
  }

  private func ask(
    _ cluster: TestCluster, _ prefix: String, user: UInt64? = nil, k: Int = 8
  ) throws -> SuggestResponse {
    try cluster.ask(
      SuggestRequest(collection: "shop", prefix: prefix, user: user.map { UserID($0) }, k: k))
  }

  private func send(_ events: [ShopperEvent], by user: UInt64, op: UInt64, to cluster: TestCluster) throws {
    let request = EventRequest(
      collection: "shop", writer: 5, op: op, events: events.map { EventRequest.Entry(user: user, $0) })
    #expect(try cluster.ask(request).counts.accepted == events.count)
  }

  private static func search(_ text: String, ago: Int64) -> ShopperEvent {
    var event = ShopperEvent(.search, item: 0, time: now - ago * 1_000_000)
    event.text = text
    return event
  }

  /// Items of a brand, by their ids.
  private static func items(of brand: String) -> [UInt64] {
    items.filter { $0.attributes[1] == .keyword(brand) }.map(\.id.rawValue)
  }

  @Test func aStrangerGetsWhatMostSearchedFor() throws {
    let cluster = try cluster()
    let reply = try ask(cluster, "RE")
    #expect(reply.known == 4 && reply.history == .notAsked && !reply.isCorrected && reply.prefix == "re")
    #expect(reply.queries.map(\.text) == ["Red shoes", "red boots", "red hat"])
    #expect(reply.queries.map(\.users) == [30, 9, 7] && reply.queries.allSatisfy { $0.source == .many })
    #expect(reply.queries.map(\.categories) == [["brand1"], ["brand0"], []])
    #expect(reply.attribute == "brand" && reply.categories.map(\.name) == ["brand1", "brand0"])
    #expect(reply.categories.map(\.share) == [30 / 39, 9 / 39])
    #expect(try ask(cluster, "RE", k: 1).queries == Array(reply.queries.prefix(1)))
    #expect(try ask(cluster, "").queries.count == 4)
    let corrected = try ask(cluster, "bleu boo")
    #expect(corrected.isCorrected && corrected.prefix == "blue boo" && corrected.queries.map(\.text) == ["blue boots"])
    #expect(try ask(cluster, "rare").queries.isEmpty, "fewer than five shoppers")
  }

  @Test(arguments: [1, 3, 7]) func aShopperGetsOwnSearchesAndLikedCategoriesFirst(shardCount: Int) throws {
    let cluster = try cluster(shardCount)
    let liked = Self.items(of: "brand0")
    try #require(liked.count >= 2 && !Self.items(of: "brand1").isEmpty)
    var events = [
      Self.search("Red rug", ago: 9), Self.search("red  rug", ago: 8), Self.search("red boots", ago: 7),
      Self.search("blue rug", ago: 6),
    ]
    // Impressions and what is hidden say nothing of a taste.
    events += liked.prefix(2).map { ShopperEvent(.click, item: $0, time: Self.now - 5_000_000) }
    events += Self.items(of: "brand1").prefix(1).map { ShopperEvent(.impression, item: $0, time: Self.now - 4_000_000) }
    try send(events, by: 7, op: 1, to: cluster)
    for _ in 0..<2 {
      let reply = try ask(cluster, "re", user: 7)
      #expect(reply.history == .read)
      #expect(reply.queries.map(\.text) == ["red boots", "red  rug", "Red shoes", "red hat"])
      #expect(reply.queries.map(\.source) == [.own, .own, .many, .many])
      #expect(reply.queries.map(\.users) == [9, 0, 30, 7] && reply.queries.map(\.preference) == [1, 0, 0, 0])
      #expect(reply.categories.map(\.preference) == [0, 1])
      #expect(reply.waterfall.map(\.phase) == [.queue, .history, .ownItems, .plan])
    }
    // Without searches of their own, the categories of their items decide: ln(10) · 2 is above ln(31).
    try send(liked.prefix(2).map { ShopperEvent(.purchase, item: $0, time: Self.now) }, by: 8, op: 2, to: cluster)
    #expect(try ask(cluster, "re", user: 8).queries.map(\.text) == ["red boots", "Red shoes", "red hat"])
    // Another shopper sees none of it.
    #expect(try ask(cluster, "re", user: 9).queries == ask(cluster, "re").queries)
    #expect(try ask(cluster, "re", user: 9).history == .empty)
  }

  @Test func ownSearchesAreFoundBehindACorrection() throws {
    let cluster = try cluster()
    try send([Self.search("bleu jeans", ago: 3)], by: 7, op: 1, to: cluster)
    let reply = try ask(cluster, "bleu", user: 7)
    #expect(reply.isCorrected && reply.prefix == "blu")
    #expect(reply.queries.map(\.text) == ["bleu jeans", "blue boots"])
  }

  @Test func withoutAFileThereIsNothingAndWithoutACollectionAnError() throws {
    let cluster = try cluster(suggestions: [])
    let reply = try ask(cluster, "re", user: 7)
    #expect(reply.known == 0 && reply.model != 0 && reply.queries.isEmpty && reply.history == .notAsked)
    let error = #expect(throws: WireError.self) {
      try cluster.ask(SuggestRequest(collection: "other", prefix: "re"))
    }
    #expect(error?.code == .unknownCollection)
  }

  @Test func aDamagedFileIsNoModel() throws {
    var bytes = try Self.suggestions()
    bytes[bytes.count / 2] ^= 1
    #expect(throws: (any Error).self) { try cluster(suggestions: bytes) }
  }
}
