import Filters
import Placement
import ShardNode
import Storage
import Support
import Testing
import Vocabulary
import Wire

/// SEARCH with terms: both arms on one state, the same bytes however the items are divided and whatever happened to them.
@Suite struct WordSearchTests {
  private static let words = ["red", "blue", "running", "shoes", "trail", "kids", "x", "rain", "jacket", "wool"]

  private static func item(_ random: inout SeededRandom, _ id: UInt64) -> Item {
    var title = (0..<Int(random.next() % 8)).map { _ in words[Int(random.next() % 10)] }
    if id % 7 == 0 { title.append("rare\(id % 50)") }
    return Item(
      id: ItemID(id), embedding: random.floats(3).map { ($0 * 4).rounded() / 4 }, rerank: [],
      attributes: [
        id % 11 == 0 ? nil : .text(title.joined(separator: " ")), .keyword("Brand \(id % 5)"), .int(Int64(id % 10)),
      ])
  }

  private static func stock(_ count: UInt64, seed: UInt64 = 5) -> [Item] {
    var random = SeededRandom(seed: seed)
    return (1...count).map { item(&random, $0) }
  }

  private static let terms = [
    SearchTerm("run", weight: 2.5), SearchTerm("shoe", weight: 1.25), SearchTerm("brand", weight: 0.125),
    SearchTerm("3", weight: 3), SearchTerm("nowhere", weight: 6),
  ]

  private func checkAll(_ shards: WordShards, _ comment: Comment? = nil) async throws {
    for limit in [1, 25, 5000] {
      try await shards.check(WordShards.request(Self.terms, limit: limit), comment)
      try await shards.check(WordShards.request([SearchTerm("rare7", weight: 4)], limit: limit), comment)
    }
    var filtered = WordShards.request(Self.terms, limit: 20)
    filtered.filter = try FilterParser.parse("price < 5 and brand != \"Brand 1\"")
    filtered.exclude = Array(1...60)
    try await shards.check(
      filtered,
      keep: { item in
        guard case .int(let price) = item.attributes[2] else { return false }
        return price < 5 && item.id.rawValue > 60 && item.id.rawValue % 5 != 1
      }, comment)
  }

  @Test(arguments: [1, 3, 7])
  func bothArmsAreExactAtAnyNumberOfShards(_ count: Int) async throws {
    let shards = try await WordShards(count)
    try await shards.write(Self.stock(1500))
    try await checkAll(shards)
    // What was written, replaced, given another title and deleted shows in the next answer.
    try await shards.write(Self.stock(300, seed: 6))
    try await shards.retitle([4: "Running SHOES, running", 8: nil, 900: "wool"])
    try await shards.delete(Array(600..<650))
    try await checkAll(shards, "after writes")
  }

  @Test func slotsThatMoveTakeTheirWordsAlong() async throws {
    let shards = try await WordShards(2)
    try await shards.write(Self.stock(600))
    let slots = SlotSet((1...600 as ClosedRange<UInt64>).map { slot(of: ItemID($0)) }.filter { $0.rawValue < 1024 })
    let before = shards.map.epoch
    try await shards.move(slots, from: 0, to: 1) {
      try await checkAll(shards, "while the copy is made")
      try await shards.retitle([5: "running shoes"])
      try await shards.write(Self.stock(20, seed: 9))
    }
    try await checkAll(shards, "after the move")
    // Searches of the epoch before are still answered, from the same items.
    try await shards.check(WordShards.request(Self.terms, limit: 30), epoch: before)
  }

  @Test func aStartMakesTheListsAgain() async throws {
    let disk = MemoryDisk()
    let shards = try await WordShards(1, on: disk)
    try await shards.write(Self.stock(500))
    await shards.nodes[0].upkeep.checkpoint()
    try await shards.retitle([3: "red red shoes"])
    try await shards.delete([9, 10])
    try await checkAll(shards)
    for _ in 0..<2 {
      try shards.restart(on: disk)
      try await checkAll(shards, "after a restart")
      await shards.nodes[0].upkeep.checkpoint()
    }
    let described = try await shards.ask(CollectionDescribeRequest(name: "shop"), of: 0)
    #expect(described.collections.first?.schema == shards.schema)
  }

  @Test func theDirectoryWithWordsOpens() async throws {
    let golden = GoldenFolder("shard-2")
    let items = Self.stock(40)
    if GoldenFolder.isWanted {
      let disk = MemoryDisk()
      let shards = try await WordShards(1, on: disk)
      try await shards.write(Array(items[..<30]))
      await shards.nodes[0].upkeep.checkpoint()
      try await shards.write(Array(items[30...]))
      await shards.nodes[0].upkeep.close()
      disk.restart()
      for (path, size) in disk.sizes where !path.hasSuffix("/owner") {
        try golden.write(String(path.dropFirst("/shard/".count)), try #require(try disk.read(path, limit: size)))
      }
    }
    let disk = MemoryDisk()
    try disk.makeDirectory("/shard")
    for (name, bytes) in try golden.files() { try disk.replace("/shard/\(name)", with: bytes) }
    let shards = try await WordShards(1, on: disk)
    shards.expect(items)
    try await checkAll(shards)
  }

  @Test func aSnapshotGivesWordsBack() async throws {
    let first = try await WordShards(1)
    let items = Self.stock(200)
    try await first.write(items)
    let key = InstanceKey(name: "shop", generation: Generation(1))
    _ = try await first.ask(SnapshotRequest(snapshot: 5, step: .begin(collections: [key])), of: 0)
    let second = try await WordShards(1)
    try await second.write([items[0]])
    var number: UInt64 = 1
    while true {
      let read = SnapshotRequest(snapshot: 5, step: .read(shard: ShardID(0), part: number))
      let reply = try await first.ask(read, of: 0)
      if let part = reply.contents {
        _ = try await second.ask(SnapshotRequest(snapshot: 0, step: .write(part)), of: 0)
        number += 1
      }
      if reply.state == .complete { break }
    }
    for limit in [3, 500] {
      let request = WordShards.request(Self.terms, limit: limit)
      var replies = [try await first.ask(request, of: 0), try await second.ask(request, of: 0)]
      for place in replies.indices {
        (replies[place].snapshot, replies[place].queueMicroseconds, replies[place].scanMicroseconds) = (0, 0, 0)
      }
      #expect(replies[0] == replies[1])
    }
  }

  @Test func strangeTextsAreFoundByTheirTerms() async throws {
    let shards = try await WordShards(2)
    let texts = [
      String(repeating: "a", count: 1000), String(repeating: "running ", count: 2000), "مرحبا بالعالم אריזה",
      "👨‍👩‍👧 🇩🇪 1️⃣ 👍🏽", "女士运动鞋 Nike 42码", "\u{0}\u{1} \u{202E}desrever", "e\u{301}\u{301}\u{301} ½ in.", "", " ",
      "1,000 W / 120-Volt stainless-steel",
    ]
    let items = texts.enumerated().map { place, text in
      Item(
        id: ItemID(UInt64(place + 1)), embedding: [Float(place), 0, 1], rerank: [],
        attributes: [.text(text), nil, nil])
    }
    try await shards.write(items)
    for term in [
      String(repeating: "a", count: 64), "run", "مرحبا", "👍", "运动", "desrev", "e", "1/2", "1000", "stainlesssteel",
      "\u{0}",
    ] {
      try await shards.check(WordShards.request([SearchTerm(term, weight: 1)], limit: 10), "\(term)")
    }
    let all = WordShards.request((0..<64).map { SearchTerm("w\($0)", weight: 1_000_000) }, limit: 5000)
    try await shards.check(all)
  }

  @Test func aCollectionWithoutWordsHasNoLexicalScores() async throws {
    let shard = try await ShardFixture()
    _ = try await shard.ask(shard.upsert(Array(1...30), op: 1))
    var request = shard.search(limit: 5)
    let plain = try await shard.ask(request)
    request.terms = [SearchTerm("b1", weight: 1)]
    let reply = try await shard.ask(request)
    #expect(
      reply.ids == plain.ids && reply.scores == plain.scores && reply.words.scores == Array(repeating: 0, count: 5))
    #expect(reply.words.hasAllWithTerms && !reply.words.hasAllItems && reply.words.lastScore == plain.scores.last)
    #expect(plain.words == SearchedWords())
  }

  @Test(arguments: [
    TextSettings(language: "klingon", fields: [.init(attribute: "title", average: 1)]),
    TextSettings(language: "english", analysisVersion: 2, fields: [.init(attribute: "title", average: 1)]),
  ])
  func textsThatCannotBeAnalysedAreRefused(_ text: TextSettings) async throws {
    let shards = try await WordShards(1)
    let schema = try #require(shards.schema.searched(by: text))
    let request = CollectionCreateRequest(generation: Generation(2), name: "other", schema: schema)
    let error = await #expect(throws: WireError.self) { _ = try await shards.ask(request, of: 0) }
    #expect(error?.code == .unknownAnalysis)
    #expect(try await shards.ask(CollectionDescribeRequest(name: nil), of: 0).collections.count == 1)
  }

  @Test func memoryOfWordsIsCounted() async throws {
    let (with, without) = (try await WordShards(1), try await ShardFixture())
    try await with.write(Self.stock(3000))
    let text = try await with.ask(MetricsRequest(), of: 0).text
    let line = try #require(text.split(separator: "\n").first { $0.contains("part=\"words\"") })
    #expect(try #require(line.split(separator: " ").last.flatMap { Double($0) }) > 3000)
    let none = try await without.ask(MetricsRequest()).text
    #expect(none.split(separator: "\n").first { $0.contains("part=\"words\"") }?.hasSuffix(" 0") == true)
  }
}
