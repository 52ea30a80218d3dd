import Retrieval
import Support
import Testing
import Vocabulary

@Suite struct ItemTableTests {
  @Test func anItemComesBackAsItWent() throws {
    var shop = try #require(Shop(seed: 1))
    let table = ItemTable(schema: shop.schema)
    let items = shop.items(500)
    for (version, item) in items.enumerated() {
      #expect(try table.upsert(item, version: UInt64(version) + 1) == nil)
    }
    let snapshot = table.snapshot()
    #expect(snapshot.count == 500)
    for (version, item) in items.enumerated() {
      let found = try #require(table.lookup(item.id))
      #expect(found.version == UInt64(version) + 1)
      #expect(same(snapshot.item(at: found.row), item))
      #expect(snapshot.id(at: found.row) == item.id)
      #expect(snapshot.version(at: found.row) == found.version)
    }
    #expect(table.lookup(ItemID(3)) == nil)
    #expect(table.memory.totalBytes > 0)
  }

  @Test func anUpsertReplacesAndADeleteRemoves() throws {
    var shop = try #require(Shop(seed: 2))
    let table = ItemTable(schema: shop.schema)
    let first = shop.item(7)
    let second = shop.item(7)
    #expect(try table.upsert(first, version: 10) == nil)
    let before = table.snapshot()
    #expect(try table.upsert(second, version: 11) == 10)
    #expect(table.count == 1)
    let found = try #require(table.lookup(ItemID(7)))
    #expect(same(table.snapshot().item(at: found.row), second))
    #expect(table.delete(ItemID(7)) == 11)
    #expect(table.delete(ItemID(7)) == nil)
    #expect(table.count == 0 && table.snapshot().count == 0)
    #expect(items(of: before).map(\.id) == [ItemID(7)])
    #expect(same(items(of: before)[0], first))
  }

  @Test func aSnapshotNeverChangesUnderWritesAndCompaction() throws {
    var shop = try #require(Shop(seed: 3))
    let table = ItemTable(schema: shop.schema)
    var model: [UInt64: Item] = [:]
    var kept: [(Snapshot, [UInt64: Item])] = []
    for step in 0..<9000 {
      let id = UInt64(shop.below(700))
      if shop.below(3) == 0 {
        #expect((table.delete(ItemID(id)) != nil) == (model.removeValue(forKey: id) != nil))
      } else {
        let item = shop.item(id)
        try table.upsert(item, version: UInt64(step))
        model[id] = item
      }
      if step % 1500 == 0 { kept.append((table.snapshot(), model)) }
    }
    kept.append((table.snapshot(), model))
    for (snapshot, model) in kept {
      let found = items(of: snapshot)
      #expect(found.count == model.count && snapshot.count == model.count)
      #expect(found.allSatisfy { item in model[item.id.rawValue].map { same($0, item) } ?? false })
    }
  }

  @Test func churnLeavesLittleMemoryBehind() throws {
    var shop = try #require(Shop(seed: 4, dimension: 16, rerank: 0, attributes: []))
    let table = ItemTable(schema: shop.schema)
    for id in 0..<1000 { try table.upsert(shop.item(UInt64(id)), version: 1) }
    let once = table.memory
    for _ in 0..<10_000 { try table.upsert(shop.item(UInt64(shop.below(1000))), version: 2) }
    #expect(table.count == 1000)
    #expect(table.memory.embeddingBytes <= 4 * once.embeddingBytes)
    for id in 0..<1000 where id % 100 != 0 { table.delete(ItemID(UInt64(id))) }
    #expect(items(of: table.snapshot()).count == 10)
    for _ in 0..<1000 { try table.upsert(shop.item(0), version: 3) }
    #expect(table.memory.embeddingBytes <= once.embeddingBytes)
    for id in 0..<1000 { table.delete(ItemID(UInt64(id))) }
    #expect(table.count == 0 && items(of: table.snapshot()).isEmpty)
  }

  @Test func aSmallTableIsSmall() throws {
    var shop = try #require(Shop(seed: 5, dimension: 4096, rerank: 4096))
    let table = ItemTable(schema: shop.schema)
    try table.upsert(shop.item(1), version: 1)
    #expect(table.memory.totalBytes < 3 << 20)
  }

  @Test func aFaultyItemIsRefusedAndChangesNothing() throws {
    var shop = try #require(Shop(seed: 6))
    let table = ItemTable(schema: shop.schema)
    let good = shop.item(1)
    try table.upsert(good, version: 1)
    func refuses(_ expected: ItemError, _ spoil: (inout Item) -> Void) {
      var item = good
      spoil(&item)
      #expect(throws: expected) { try table.upsert(item, version: 2) }
    }
    refuses(.embedding(.dimension(expected: 5, found: 4))) { $0.embedding.removeLast() }
    refuses(.embedding(.notFinite)) { $0.embedding[0] = .nan }
    refuses(.embedding(.notFinite)) { $0.embedding[4] = -.infinity }
    refuses(.embedding(.normTooLarge)) { $0.embedding = [1e18, 1e18, 0, 0, 0] }
    refuses(.rerank(.dimension(expected: 3, found: 0))) { $0.rerank = [] }
    refuses(.rerank(.notFinite)) { $0.rerank[2] = .infinity }
    refuses(.rerank(.normTooLarge)) { $0.rerank[1] = .greatestFiniteMagnitude }
    refuses(.attributeCount(expected: 6, found: 5)) { $0.attributes.removeLast() }
    refuses(.attributeType(index: 0, expected: .int, found: .float)) { $0.attributes[0] = .float(1) }
    refuses(.attributeType(index: 5, expected: .text, found: .keyword)) { $0.attributes[5] = .keyword("a") }
    refuses(.attributeNotFinite(index: 1)) { $0.attributes[1] = .float(.nan) }
    let long = String(repeating: "ü", count: 8193)
    refuses(.attributeTooLong(index: 2)) { $0.attributes[2] = .keyword(long) }
    refuses(.attributeTooLong(index: 3)) { $0.attributes[3] = .keywordSet(["a", long]) }
    refuses(.attributeTooLong(index: 5)) { $0.attributes[5] = .text(long) }
    refuses(.keywordSetTooLarge(index: 3)) {
      $0.attributes[3] = .keywordSet((0..<257).map { String(1000 + $0) })
    }
    refuses(.keywordSetUnordered(index: 3)) { $0.attributes[3] = .keywordSet(["b", "a"]) }
    refuses(.keywordSetUnordered(index: 3)) { $0.attributes[3] = .keywordSet(["a", "a"]) }
    #expect(table.count == 1)
    #expect(table.lookup(ItemID(1))?.version == 1)
    #expect(same(items(of: table.snapshot())[0], good))
  }

  @Test func theLargestVectorsAreTaken() throws {
    let schema = try #require(CollectionSchema(embeddingDimension: 2, rerankDimension: 0, attributes: []))
    let table = ItemTable(schema: schema)
    try table.upsert(Item(id: ItemID(1), embedding: [0, 0x1.bc16d4p+59], rerank: [], attributes: []), version: 1)
    let outcome = try ExactIndex().search(table.snapshot(), SearchQuery(vector: [0, 0x1.bc16d4p+59], limit: 1))
    #expect(outcome.candidates.count == 1)
  }

  @Test func columnsCarryWhatTheItemsHave() throws {
    var shop = try #require(Shop(seed: 8))
    let table = ItemTable(schema: shop.schema)
    let stock = shop.items(300)
    for item in stock { try table.upsert(item, version: 1) }
    let chosen = stock.enumerated().filter { $0.offset % 7 == 0 }.map(\.element)
    let rows = try chosen.map { try #require(table.lookup($0.id)).row }
    let snapshot = table.snapshot()
    let order = [5, 3, 0, 2, 4, 1]
    let columns = snapshot.columns(of: order, at: rows)
    #expect(columns.columns.count == 6)
    for (column, attribute) in zip(columns.columns, order) {
      for (row, item) in chosen.enumerated() {
        #expect(same(value(row, column, columns.strings), item.attributes[attribute]))
      }
    }
    #expect(columns.columns.allSatisfy { $0.presence.count == chosen.count })
    #expect(snapshot.reranks(at: rows) == chosen.flatMap(\.rerank))
    #expect(snapshot.embeddings(at: rows) == chosen.flatMap(\.embedding))
    #expect(snapshot.columns(of: [], at: rows).columns.isEmpty)
  }

  private func value(_ row: Int, _ column: AttributeTable.Column, _ strings: [String]) -> AttributeValue? {
    guard column.presence[row] else { return nil }
    switch column.values {
    case .int(let values): return .int(values[row])
    case .float(let values): return .float(values[row])
    case .bool(let values): return .bool(values[row])
    case .keyword(let values): return .keyword(strings[Int(values[row])])
    case .text(let values): return .text(strings[Int(values[row])])
    case .keywordSet(let ends, let members):
      let start = row == 0 ? 0 : Int(ends[row - 1])
      return .keywordSet(members[start..<Int(ends[row])].map { strings[Int($0)] })
    }
  }
}

/// Every item of a snapshot, by id.
func items(of snapshot: Snapshot) -> [Item] {
  var items: [Item] = []
  snapshot.forEachItem { row, _ in
    items.append(snapshot.item(at: row))
    return true
  }
  return items.sorted { $0.id < $1.id }
}

/// Equality by bytes, which strings do not have by themselves.
func same(_ a: Item, _ b: Item) -> Bool {
  a.id == b.id && a.embedding == b.embedding && a.rerank == b.rerank && a.attributes.count == b.attributes.count
    && zip(a.attributes, b.attributes).allSatisfy { same($0, $1) }
}

func same(_ a: AttributeValue?, _ b: AttributeValue?) -> Bool {
  switch (a, b) {
  case (.keyword(let x), .keyword(let y)), (.text(let x), .text(let y)): Array(x.utf8) == Array(y.utf8)
  case (.keywordSet(let x), .keywordSet(let y)): x.map { Array($0.utf8) } == y.map { Array($0.utf8) }
  default: a == b
  }
}
