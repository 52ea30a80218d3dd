import Filters
import Retrieval
import Support
import Testing
import Vocabulary

@Suite struct ItemTableUpdateTests {
  @Test func anUpdateChangesItsAttributesAndNothingElse() throws {
    var shop = try #require(Shop(seed: 31))
    let table = ItemTable(schema: shop.schema)
    var item = shop.item(7)
    item.attributes = [.int(1), .float(2), .keyword("acme"), .keywordSet(["a", "b"]), .bool(true), .text("Topf")]
    try table.upsert(item, version: 1)
    let before = table.snapshot()
    let changes = [AttributeChange(attribute: 5, value: .text("Tür")), AttributeChange(attribute: 0, value: nil)]
    #expect(try table.update(ItemID(7), changes, version: 2) == 1)
    (item.attributes[0], item.attributes[5]) = (nil, .text("Tür"))
    let found = try #require(table.lookup(ItemID(7)))
    #expect(found.version == 2 && table.count == 1)
    #expect(same(table.snapshot().item(at: found.row), item))
    #expect(items(of: before).map { $0.attributes[0] } == [.int(1)])
    #expect(try table.update(ItemID(8), changes, version: 3) == nil)
    #expect(table.count == 1 && table.lookup(ItemID(8)) == nil)
    #expect(try table.update(ItemID(7), [], version: 4) == 2)
    #expect(items(of: table.snapshot()).count == 1)
  }

  @Test func aFaultyUpdateChangesNothing() throws {
    var shop = try #require(Shop(seed: 32))
    let table = ItemTable(schema: shop.schema)
    try table.upsert(shop.item(1), version: 1)
    let good = AttributeChange(attribute: 0, value: .int(99))
    let faults: [(ItemError, Int, AttributeValue)] = [
      (.attributeType(index: 0, expected: .int, found: .float), 0, .float(1)),
      (.attributeNotFinite(index: 1), 1, .float(.infinity)),
      (.attributeTooLong(index: 2), 2, .keyword(String(repeating: "ü", count: 8193))),
      (.keywordSetUnordered(index: 3), 3, .keywordSet(["b", "a"])),
    ]
    for (fault, attribute, value) in faults {
      let change = AttributeChange(attribute: attribute, value: value)
      #expect(throws: fault) { try table.update(ItemID(1), [good, change], version: 2) }
    }
    #expect(table.lookup(ItemID(1))?.version == 1)
    #expect(items(of: table.snapshot())[0].attributes[0] != .int(99))
  }

  /// Random writes of all kinds against a dictionary: every snapshot keeps saying what the dictionary said then.
  /// Meanwhile rows settle and come back a few at a time.
  @Test(arguments: [33, 34, 35] as [UInt64])
  func aTableAgreesWithADictionaryAtEveryMoment(seed: UInt64) throws {
    var shop = try #require(Shop(seed: seed))
    let table = ItemTable(schema: shop.schema)
    var model: [UInt64: Item] = [:]
    let query = shop.vector(5, coarse: true)
    let filters = try ["price >= 3", "brand = acme and not new = true", "has rating or tags = zeta"].map {
      try FilterParser.parse($0).typed(against: shop.schema)
    }
    var kept: [(snapshot: Snapshot, model: [UInt64: Item])] = []
    var settling = SlowSettling()
    for step in 0..<6000 {
      let id = UInt64(step < 900 ? step : shop.below(1000))
      switch step < 900 ? 0 : shop.below(10) {
      case 0:
        let item = shop.item(id, coarse: true)
        try table.upsert(item, version: UInt64(step))
        model[id] = item
      case 1:
        table.delete(ItemID(id))
        model[id] = nil
      default:
        let changes = shop.schema.attributes.indices.filter { _ in shop.below(3) == 0 }.map {
          AttributeChange(attribute: $0, value: shop.value(of: shop.schema.attributes[$0].type))
        }
        let changed = try table.update(ItemID(id), changes, version: UInt64(step))
        #expect((changed != nil) == (model[id] != nil))
        for change in changes { model[id]?.attributes[change.attribute] = change.value }
      }
      if step % 64 == 0 { table.encodeAll() }
      settling.step(table, begins: step % 300 == 299)
      if step % 750 == 749 { kept.append((table.snapshot(), model)) }
    }
    #expect(settling.count > 3)
    for (snapshot, model) in kept {
      let found = items(of: snapshot)
      #expect(found.count == model.count)
      #expect(found.allSatisfy { item in model[item.id.rawValue].map { same($0, item) } ?? false })
      let stock = model.values.sorted { $0.id < $1.id }
      for filter in filters {
        let answer = try ExactIndex().search(snapshot, SearchQuery(vector: query, limit: 50, filter: filter))
        let expected = SlowSearch.search(stock, query: query, limit: 50) { filter.matches($0.attributes) }
        #expect(sameBits(answer.candidates, expected))
      }
    }
  }

  @Test func updatesWithoutEndLeaveLittleMemoryBehind() throws {
    var shop = try #require(Shop(seed: 36, dimension: 16, rerank: 4))
    let table = ItemTable(schema: shop.schema)
    for id in 0..<1000 { try table.upsert(shop.item(UInt64(id)), version: 1) }
    let once = table.memory
    for _ in 0..<10_000 {
      let changes = [AttributeChange(attribute: 5, value: shop.value(of: .text))]
      try table.update(ItemID(UInt64(shop.below(1000))), changes, version: 2)
    }
    #expect(table.count == 1000)
    #expect(table.memory.embeddingBytes <= 4 * once.embeddingBytes)
    #expect(table.memory.attributeBytes <= 4 * once.attributeBytes)
  }

  @Test func readersSeeTheAttributesOfAnItemChangeTogether() async throws {
    let schema = try #require(
      CollectionSchema(
        embeddingDimension: 4, rerankDimension: 0,
        attributes: [
          AttributeDefinition(name: "round", type: .int), AttributeDefinition(name: "marks", type: .keywordSet),
          AttributeDefinition(name: "kept", type: .keyword),
        ]))
    let latest = Lock<Snapshot?>(nil)
    let isOver = Lock(false)
    let searches = try await withThrowingTaskGroup(of: Int.self) { group in
      group.addTask {
        let table = ItemTable(schema: schema)
        for id in 0..<150 {
          let attributes: [AttributeValue?] = [.int(0), .keywordSet(["m0"]), .keyword("k")]
          try table.upsert(
            Item(id: ItemID(UInt64(id)), embedding: [1, 0, 0, 0], rerank: [], attributes: attributes), version: 1)
        }
        for round in 1...80 {
          let changes = [
            AttributeChange(attribute: 0, value: .int(Int64(round))),
            AttributeChange(attribute: 1, value: .keywordSet(["m\(round)"])),
          ]
          for id in 0..<150 { try table.update(ItemID(UInt64(id)), changes, version: UInt64(round) + 1) }
          if round % 7 == 0 { table.encodeAll() }
          latest.withLock { $0 = table.snapshot() }
        }
        isOver.withLock { $0 = true }
        return 0
      }
      for _ in 0..<2 {
        group.addTask {
          var searches = 0
          while true {
            let isLast = isOver.withLock { $0 }
            if let snapshot = latest.withLock({ $0 }) {
              let all = try ExactIndex().search(snapshot, SearchQuery(vector: [1, 0, 0, 0], limit: 1000))
              let round = Int(snapshot.version(at: all.rows[0])) - 1
              let text = "round = \(round) and marks = m\(round) and kept = k"
              let filter = try FilterParser.parse(text).typed(against: schema)
              let some = try ExactIndex().search(
                snapshot, SearchQuery(vector: [1, 0, 0, 0], limit: 1000, filter: filter))
              #expect(all.candidates.count == 150 && all.candidates == some.candidates && all.rows == some.rows)
              searches += 1
            }
            if isLast { return searches }
            await Task.yield()
          }
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(searches >= 2)
  }
}
