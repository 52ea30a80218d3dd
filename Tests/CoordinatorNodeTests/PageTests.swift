import CoordinatorNode
import Filters
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// The wishes of a search page from the coordinator's side, over real shards in one process.
@Suite struct PageTests {
  private static let items = TestCluster.items(300)

  private func cluster(_ shardCount: Int, model: TestCluster.ModelFiles? = nil) throws -> TestCluster {
    let cluster = try TestCluster(shardCount: shardCount)
    try cluster.createShop()
    for (index, start) in stride(from: 0, to: Self.items.count, by: 100).enumerated() {
      _ = try cluster.ask(try TestCluster.upsert(Array(Self.items[start..<start + 100]), op: UInt64(index + 1)))
    }
    if let model { try cluster.load(model) }
    return cluster
  }

  private static func price(_ item: Item) -> Double? {
    if case .float(let price) = item.attributes[0] { price } else { nil }
  }

  private static func brand(_ item: Item) -> String? {
    if case .keyword(let brand) = item.attributes[1] { brand } else { nil }
  }

  private static func passing(_ filter: String) throws -> [Item] {
    let filter = try FilterParser.parse(filter).typed(against: try #require(TestCluster.schema))
    return items.filter { filter.matches($0.attributes) }
  }

  // MARK: Facets

  @Test(arguments: [1, 3, 7]) func facetsAreThoseOfCountingAllItems(shardCount: Int) throws {
    let cluster = try cluster(shardCount)
    let filter = "price < 200 and brand in (brand0, brand2)"
    let reply = try cluster.ask(
      cluster.rank(k: 5, depth: 20) { request in
        request.filter = filter
        request.exclude = Self.items.prefix(10).map(\.id.rawValue)
        var own = PageRequest.Facet("brand", .values, most: 3)
        own.ignoresOwn = true
        request.page.facets = [
          .init("brand", .values, most: 10), own, .init("price", .edges, edges: [0, 50, 100, 150]),
          .init("price", .ranges, most: 4),
        ]
      })
    let excluded = Set(Self.items.prefix(10).map(\.id))
    let passing = try Self.passing(filter).filter { !excluded.contains($0.id) }
    let page = reply.report.page
    #expect(page.total == UInt64(passing.count) && page.facets.allSatisfy(\.isExact))
    #expect(page.facets[0].values == ["brand0", "brand2"])
    #expect(
      page.facets[0].counts == ["brand0", "brand2"].map { brand in UInt64(passing.count { Self.brand($0) == brand }) })
    #expect(page.facets[0].other == 0 && page.facets[0].present == UInt64(passing.count))
    let others = try Self.passing("price < 200").filter { !excluded.contains($0.id) }
    var counts: [(brand: String, count: Int)] = (0..<4).map { index in
      ("brand\(index)", others.count { Self.brand($0) == "brand\(index)" })
    }
    counts.sort { $0.count != $1.count ? $0.count > $1.count : $0.brand < $1.brand }
    #expect(page.facets[1].values == counts.prefix(3).map(\.brand))
    #expect(page.facets[1].counts == counts.prefix(3).map { UInt64($0.count) })
    #expect(page.facets[1].other == UInt64(counts[3].count))
    let prices = passing.compactMap(Self.price)
    #expect(
      page.facets[2].counts
        == [0.0..<50, 50..<100, 100..<150.000_001].map { range in UInt64(prices.count { range.contains($0) }) })
    #expect(page.facets[2].other == UInt64(prices.count { $0 > 150 }))
    let ranges = page.facets[3]
    #expect(ranges.lows.first == prices.min() && ranges.highs.last == prices.max() && ranges.counts.count <= 4)
    #expect(
      ranges.counts.reduce(0, +) == UInt64(prices.count)
        && ranges.lows.dropFirst().elementsEqual(ranges.highs.dropLast()))
    for (place, count) in ranges.counts.enumerated() {
      let (low, high) = (ranges.lows[place], ranges.highs[place])
      let isLast = place == ranges.counts.count - 1
      #expect(count == UInt64(prices.count { $0 >= low && ($0 < high || isLast && $0 == high) }))
    }
  }

  @Test func whatPageWishesDoNotNameStaysByteByByte() throws {
    let cluster = try cluster(3, model: try TestCluster.model(seed: 5))
    let plain = try cluster.ask(cluster.rank { $0.user = UserID(1) })
    let counted = try cluster.ask(
      cluster.rank { request in
        request.user = UserID(1)
        request.page.facets = [.init("brand", .values, most: 2)]
      })
    #expect(plain.results.body.bytes == counted.results.body.bytes)
    let kept = try cluster.ask(
      cluster.rank { request in
        request.user = UserID(1)
        request.page.wantsNext = true
      })
    #expect(plain.results.body.bytes == kept.results.body.bytes)
  }

  @Test func aFacetThatCannotBeCountedIsRefused() throws {
    let cluster = try cluster(2)
    func code(_ change: (inout RankRequest) -> Void) -> ErrorCode? { cluster.code(cluster.rank(change)) }
    #expect(code { $0.page.facets = [.init("title", .values, most: 1)] } == .badFacet)
    #expect(code { $0.page.facets = [.init("price", .values, most: 1)] } == .badFacet)
    #expect(code { $0.page.facets = [.init("brand", .ranges, most: 1)] } == .badFacet)
    #expect(code { $0.page.facets = [.init("colour", .values, most: 1)] } == .unknownAttribute)
    #expect(code { $0.page.sort = [SortKey("title")] } == .badFacet)
    #expect(code { $0.page.sort = [SortKey("colour")] } == .unknownAttribute)
    #expect(
      code { request in
        request.filter = "price < 10 or brand = brand1"
        var own = PageRequest.Facet("brand", .values, most: 3)
        own.ignoresOwn = true
        request.page.facets = [own]
      } == .badFacet)
    #expect(code { $0.page.diversity = .init(window: 10, lambda: 0.5, attribute: "price") } == .badFacet)
    #expect(code { $0.page.token = [1, 2, 3] } == .badPageToken)
  }

  // MARK: Sorting

  @Test(arguments: [1, 3, 7]) func aSortedListNeedsNoShopperAndIsExact(shardCount: Int) throws {
    let cluster = try cluster(shardCount, model: try TestCluster.model(seed: 5))
    let reply = try cluster.ask(
      cluster.rank(k: 200, depth: 200) { request in
        request.vector = []
        request.filter = "brand != brand3"
        request.page.sort = [SortKey("brand", .descending), SortKey("price")]
      })
    let sorted = try Self.passing("brand != brand3").sorted { a, b in
      if Self.brand(a) != Self.brand(b) { return Self.brand(a) ?? "" > Self.brand(b) ?? "" }
      switch (Self.price(a), Self.price(b)) {
      case (let a?, let b?) where a != b: return a < b
      case (nil, _?): return false
      case (_?, nil): return true
      default: return a.id < b.id
      }
    }
    #expect(reply.results.ids == sorted.prefix(200).map(\.id.rawValue))
    #expect(reply.results.isExact && !reply.results.isRanked && reply.report.querySource == .sorted)
  }

  // MARK: Pages

  @Test(arguments: [false, true]) func pagesOfAKeptListHaveEveryItemOnce(isSorted: Bool) throws {
    let cluster = try cluster(3, model: try TestCluster.model(seed: 5))
    var request = cluster.rank(k: 100, depth: 100) { request in
      if isSorted { request.page.sort = [SortKey("price", .descending)] } else { request.user = UserID(1) }
    }
    let whole = try cluster.ask(request)
    request.k = 7
    request.page.wantsNext = true
    var (ids, pages): ([UInt64], Int) = ([], 0)
    repeat {
      let reply = try cluster.ask(request)
      #expect(reply.report.page.source == (pages == 0 ? .first : .kept))
      #expect(reply.report.page.offset == UInt32(ids.count) && reply.report.page.listed == 100)
      #expect(reply.results.ids.count == reply.results.retrievalScores.count)
      ids += reply.results.ids
      request.page.token = reply.report.page.token
      pages += 1
    } while !request.page.token.isEmpty
    #expect(ids == whole.results.ids && pages == 15)
  }

  @Test func aListThatIsNotKeptIsMadeAgainOrCalledChanged() throws {
    let cluster = try cluster(3)
    var request = cluster.rank(k: 10, depth: 50) { $0.page.wantsNext = true }
    let first = try cluster.ask(request)
    cluster.executor.advance(microseconds: 301_000_000)
    request.page.token = first.report.page.token
    let second = try cluster.ask(request)
    #expect(second.report.page.source == .madeAgain && second.report.page.offset == 10)
    #expect(Set(first.results.ids).isDisjoint(with: second.results.ids))
    _ = try cluster.ask(
      DeleteRequest(collection: "shop", writer: 9, op: 99, ids: [first.results.ids[0]], expectedVersions: [0]))
    cluster.executor.advance(microseconds: 301_000_000)
    #expect(try cluster.ask(request).report.page.source == .changed)
  }

  @Test func anItemThatWasDeletedIsLeftOutOfAKeptPage() throws {
    let cluster = try cluster(3)
    var request = cluster.rank(k: 10, depth: 50) { $0.page.wantsNext = true }
    let whole = try cluster.ask(cluster.rank(k: 50, depth: 50))
    request.page.token = try cluster.ask(request).report.page.token
    _ = try cluster.ask(
      DeleteRequest(collection: "shop", writer: 9, op: 99, ids: [whole.results.ids[12]], expectedVersions: [0]))
    let page = try cluster.ask(request)
    #expect(page.report.page.source == .kept)
    #expect(page.results.ids == whole.results.ids[10..<20].filter { $0 != whole.results.ids[12] })
  }

  @Test func aTokenIsOfOneQueryAndCannotBeForged() throws {
    let cluster = try cluster(2)
    var request = cluster.rank(k: 10, depth: 50) { $0.page.wantsNext = true }
    let token = try cluster.ask(request).report.page.token
    #expect(!token.isEmpty && token.count <= Limits.pageTokenBytesMax)
    for place in token.indices {
      request.page.token = token
      request.page.token[place] ^= 1
      #expect(cluster.code(request) == .badPageToken)
    }
    request.page.token = token
    request.filter = "has price"
    #expect(cluster.code(request) == .badPageToken)
    request.filter = ""
    request.k = 20
    #expect(cluster.code(request) == nil)
  }

  // MARK: The arrangement

  @Test(arguments: [1, 3]) func diversityPutsUnlikeItemsFirstAndSaysWhatItMoved(shardCount: Int) throws {
    let cluster = try cluster(shardCount, model: try TestCluster.model(seed: 5))
    let plain = try cluster.ask(
      cluster.rank(k: 8, depth: 60) { request in
        request.user = UserID(1)
        request.attributes = .named(["brand"])
      })
    let reply = try cluster.ask(
      cluster.rank(k: 8, depth: 60) { request in
        request.user = UserID(1)
        request.attributes = .named(["brand"])
        request.page.diversity = .init(window: 40, lambda: 1, attribute: "brand")
      })
    let brands = (0..<4).map { reply.results.attributes.value(row: $0, column: 0) }
    #expect(Set(brands).count == 4 && reply.results.ids[0] == plain.results.ids[0])
    // Behind one of each brand all are equally alike, so that the best come first.
    #expect(reply.report.page.similarityBefore == Self.likeness(plain))
    #expect(reply.report.page.similarityAfter == Self.likeness(reply))
    #expect(reply.report.page.steps.map(\.kind) == [.diversity] && reply.report.page.steps[0].cost >= 0)
    for (place, id) in reply.results.ids.enumerated() {
      guard let before = plain.results.ids.firstIndex(of: id) else { continue }
      let moved = reply.report.page.moves.filter { $0.result == place }.reduce(0) { $0 + Int($1.places) }
      #expect(moved == before - place)
    }
    let byVectors = try cluster.ask(
      cluster.rank(k: 8, depth: 60) { request in
        request.user = UserID(1)
        request.page.diversity = .init(window: 40, lambda: 0.7)
      })
    #expect(byVectors.report.page.similarityAfter < byVectors.report.page.similarityBefore)
  }

  /// The share of pairs of results that have the same value.
  private static func likeness(_ reply: RankResponse) -> Float {
    let values = reply.results.ids.indices.map { reply.results.attributes.value(row: $0, column: 0) }
    var (pairs, alike): (Float, Float) = (0, 0)
    for (place, value) in values.enumerated() {
      for other in values[(place + 1)...] {
        pairs += 1
        if value != nil, value == other { alike += 1 }
      }
    }
    return alike / pairs
  }

  @Test func aPrefixOfEachListHasItsShareOfAGroup() throws {
    let cluster = try cluster(3)
    let reply = try cluster.ask(
      cluster.rank(k: 40, depth: 200) { request in
        request.attributes = .named(["brand"])
        request.page.exposure.mode = .perList
        request.page.exposure.strength = 0.25
        request.page.exposure.attribute = "brand"
        request.page.exposure.targets = [.init("brand1", 0.5), .init("brand2", 0.3)]
      })
    var counts: [AttributeValue: Int] = [:]
    for place in 0..<40 {
      if let brand = reply.results.attributes.value(row: place, column: 0) { counts[brand, default: 0] += 1 }
    }
    // The quarter quantiles of the binomial distributions of 40 places.
    #expect(counts[.keyword("brand1"), default: 0] >= 18 && counts[.keyword("brand2"), default: 0] >= 10)
    #expect(reply.report.page.steps.map(\.kind) == [.exposure])
  }

  @Test func whatAGroupIsOwedMovesItUpFromListToList() throws {
    let cluster = try cluster(2)
    func request() -> RankRequest {
      cluster.rank(k: 10, depth: 200) { request in
        request.attributes = .named(["brand"])
        request.page.exposure.mode = .overTime
        request.page.exposure.strength = 0.5
        request.page.exposure.attribute = "brand"
        request.page.exposure.targets = [.init("brand1", 0.6)]
      }
    }
    var counts: [Int] = []
    for _ in 0..<40 {
      let reply = try cluster.ask(request())
      counts.append((0..<10).count { reply.results.attributes.value(row: $0, column: 0) == .keyword("brand1") })
    }
    let plain = try cluster.ask(cluster.rank(k: 10, depth: 200) { $0.attributes = .named(["brand"]) })
    let before = (0..<10).count { plain.results.attributes.value(row: $0, column: 0) == .keyword("brand1") }
    #expect(counts[0] == before && counts.suffix(20).reduce(0, +) > 20 * before)
    // What it is owed outlives the coordinator: the next list is that of a twin that goes on.
    let twin = try self.cluster(2)
    for _ in 0..<40 { _ = try twin.ask(request()) }
    let coordinator = cluster.coordinator
    try cluster.executor.run { await coordinator.close() }
    try cluster.restart()
    cluster.greet()
    let next = try cluster.ask(request())
    #expect(next.results.ids == (try twin.ask(request()).results.ids) && next.results.ids != plain.results.ids)
  }
}
