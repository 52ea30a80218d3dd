import Filters
import Kernels
import Retrieval
import Support
import Testing
import Vocabulary

@Suite struct SharedScanTests {
  private let index = ExactIndex()

  @Test func eachLeavesWithTheAnswerItWouldHaveAlone() throws {
    var shop = try #require(Shop(seed: 41, dimension: 20))
    let table = ItemTable(schema: shop.schema)
    let filters: [TypedFilter?] =
      [nil] + (try ["price > 0", "brand = acme"].map { try FilterParser.parse($0).typed(against: shop.schema) })
    var machine = SharedScan()
    var expected: [SearchOutcome] = []
    var finished = 0
    // Writes, codes, arrivals and steps in one stream: searches of different snapshots go together.
    for (turn, item) in shop.items(4000).enumerated() {
      try table.upsert(item, version: 1)
      if turn % 7 == 0 { table.delete(item.id) }
      if turn % 3 == 0, let encoding = table.nextEncoding() { table.attach(encoding.run()) }
      if turn > 500, turn % 40 == 0, machine.hasRoom {
        let query = SearchQuery(
          vector: shop.vector(20), limit: 1 + turn % 300, filter: filters[turn / 40 % 3],
          exclude: ExcludeSet([item.id]), mask: turn % 80 == 0 ? ThirdsMask(revivesTheDead: false) : nil)
        let snapshot = table.snapshot()
        try machine.join(expected.count, snapshot, query)
        expected.append(try index.search(snapshot, query))
      }
      if turn % 11 == 0 { finished += check(machine.step(), expected) }
    }
    for _ in 0..<100 where machine.count > 0 { finished += check(machine.step(), expected) }
    let left = machine.count
    #expect(finished == expected.count && finished > 60 && left == 0)
  }

  private func check(_ finished: [SharedScan.Finished], _ expected: [SearchOutcome]) -> Int {
    for search in finished { #expect(search.outcome == expected[search.ticket]) }
    return finished.count
  }

  @Test func aSearchThatStopsLeavesAtOnceAndTheOthersStay() throws {
    var shop = try #require(Shop(seed: 42, dimension: 9, attributes: []))
    let table = ItemTable(schema: shop.schema)
    for item in shop.items(3000) { try table.upsert(item, version: 1) }
    table.encodeAll()
    let snapshot = table.snapshot()
    let query = SearchQuery(vector: shop.vector(9), limit: 3000)
    let hasEnded = Lock(false)
    var machine = SharedScan()
    try machine.join(1, snapshot, query)
    _ = machine.step()
    try machine.join(2, snapshot, query) { hasEnded.withLock { $0 } }
    _ = machine.step()
    hasEnded.withLock { $0 = true }
    let left = machine.step()
    let stayed = machine.count
    #expect(left.map(\.ticket) == [2] && stayed == 1)
    let outcome = try #require(left.first).outcome
    #expect(!outcome.isComplete && outcome.ownedCount == 3000)
    #expect(outcome.scannedCount > 0 && outcome.scannedCount < 3000)
    #expect(outcome.candidates.count == outcome.scannedCount)
    var rest: [SharedScan.Finished] = []
    for _ in 0..<20 where machine.count > 0 { rest += machine.step() }
    #expect(try rest.map(\.outcome) == [index.search(snapshot, query)])
  }

  @Test func anEmptyTableAnswersAtTheNextStep() throws {
    let shop = try #require(Shop(seed: 43))
    var machine = SharedScan()
    try machine.join(7, ItemTable(schema: shop.schema).snapshot(), SearchQuery(vector: [1, 0, 0, 0, 0], limit: 3))
    let finished = machine.step()
    #expect(finished.map(\.ticket) == [7] && finished.allSatisfy { $0.outcome.candidates.isEmpty })
    let (stayed, later) = (machine.count, machine.step())
    #expect(stayed == 0 && later.isEmpty)
  }

  @Test func aFullScanHasNoRoomAndAFaultyQueryTakesNone() throws {
    let shop = try #require(Shop(seed: 44))
    let snapshot = ItemTable(schema: shop.schema).snapshot()
    var machine = SharedScan()
    var refused: VectorError?
    do { try machine.join(0, snapshot, SearchQuery(vector: [1], limit: 3)) } catch { refused = error }
    let taken = machine.count
    #expect(refused == .dimension(expected: 5, found: 1) && taken == 0)
    for ticket in 0..<SharedScan.membersMax {
      let hasRoom = machine.hasRoom
      #expect(hasRoom)
      try machine.join(ticket, snapshot, SearchQuery(vector: [1, 0, 0, 0, 0], limit: 3))
    }
    let hasRoom = machine.hasRoom
    let finished = machine.step()
    #expect(!hasRoom && finished.count == SharedScan.membersMax)
  }

  /// Helpers and the search itself take blocks in any order, by turns here, and find what one would have found.
  @Test func aSearchWithHelpersAnswersAsAlone() throws {
    var shop = try #require(Shop(seed: 45, dimension: 20))
    let table = ItemTable(schema: shop.schema)
    for item in shop.items(5000, coarse: true) { try table.upsert(item, version: 1) }
    table.encodeAll()
    let snapshot = table.snapshot()
    let filter = try FilterParser.parse("price > 0").typed(against: shop.schema)
    for turn in 0..<60 {
      let query = SearchQuery(
        vector: shop.vector(20, coarse: true), limit: [1, 50, 700][turn % 3], filter: turn % 2 == 0 ? filter : nil,
        mask: turn % 5 == 0 ? ThirdsMask(revivesTheDead: false) : nil)
      let blocks = BlocksLeft(snapshot)
      var machine = SharedScan()
      try machine.join(0, snapshot, query, sharing: blocks)
      var helpers = try (0..<turn % 3).map { _ in try HelpingScan(snapshot, query, blocks) }
      var outcome: SearchOutcome?
      while outcome == nil {
        let who = shop.below(helpers.count + 1)
        if who < helpers.count { _ = helpers[who].step() } else { outcome = machine.step().first?.outcome }
      }
      for place in helpers.indices { outcome?.merge(helpers[place].finish(), limit: query.limit) }
      #expect(try outcome == index.search(snapshot, query))
    }
  }

  @Test func aHelpedSearchThatStopsStillCountsWhatItOwns() throws {
    var shop = try #require(Shop(seed: 46))
    let table = ItemTable(schema: shop.schema)
    for item in shop.items(3000) { try table.upsert(item, version: 1) }
    let (snapshot, query) = (table.snapshot(), SearchQuery(vector: shop.vector(5), limit: 3000))
    let blocks = BlocksLeft(snapshot)
    var machine = SharedScan()
    let hasEnded = Lock(false)
    try machine.join(0, snapshot, query, sharing: blocks) { hasEnded.withLock { $0 } }
    var helper = try HelpingScan(snapshot, query, blocks)
    let helped = helper.step()
    let early = machine.step()
    hasEnded.withLock { $0 = true }
    var outcome = try #require(machine.step().first).outcome
    let more = helper.step(shouldStop: { true })
    outcome.merge(helper.finish(), limit: 3000)
    #expect(helped && early.isEmpty && !more)
    #expect(!outcome.isComplete && outcome.ownedCount == 3000)
    #expect(outcome.scannedCount > 0 && outcome.scannedCount < 3000)
    #expect(outcome.candidates.count == outcome.scannedCount)
  }
}
