import Filters
import Kernels
import Retrieval
import Support
import Testing
import Vocabulary

/// The lists of terms against the plain loops of `SlowLexical`: the same candidates, scores and order, bit for bit.
@Suite struct LexicalSearchTests {
  private static let slow = SlowLexical(
    fields: [
      SlowLexical.Field(attribute: 5, weight: 1, b: 0.6, average: 5),
      SlowLexical.Field(attribute: 2, weight: 0.7, b: 0, average: 1),
      SlowLexical.Field(attribute: 3, weight: 0.3, b: 1, average: 2),
    ], k1: 0.4)

  /// Few frequent words, many rare ones, and some that stand twice in a title.
  private static func title(_ shop: inout Shop, wordsMax: Int = 12) -> String {
    (0..<shop.below(wordsMax)).map { _ in
      shop.below(4) == 0 ? "r\(shop.below(2000))" : "w\(shop.below(30) * shop.below(30) / 30)"
    }.joined(separator: " ")
  }

  private static func item(_ shop: inout Shop, _ id: UInt64) -> Item {
    var item = shop.item(id, coarse: true)
    item.attributes[5] = shop.below(10) == 0 ? nil : .text(title(&shop))
    return item
  }

  private static func terms(_ shop: inout Shop, _ count: Int) -> [LexicalTerm] {
    var words: Set<ExactText> = []
    return (0..<count).compactMap { place in
      let word: ExactText
      switch shop.below(6) {
      case 0: word = ExactText("r\(shop.below(2000))")
      case 1: word = ExactText(Shop.words[shop.below(Shop.words.count)])
      case 2: word = ExactText("unknown\(place)")
      default: word = ExactText("w\(shop.below(30))")
      }
      guard words.insert(word).inserted else { return nil }
      return LexicalTerm(word, weight: Float(1 + shop.below(50)) / 7)
    }
  }

  private func expect(
    _ snapshot: Snapshot, _ items: [Item], _ terms: [LexicalTerm], limit: Int, filter: TypedFilter? = nil,
    exclude: ExcludeSet = ExcludeSet(), mask: (any RowMask)? = nil, windowRows: Int = 1 << 15,
    keep: (Item) -> Bool = { _ in true }
  ) {
    var wanted: [RowAddress] = []
    snapshot.forEachItem { address, id in
      if id.rawValue % 7 == 0 { wanted.append(address) }
      return true
    }
    let query = SearchQuery(vector: [], limit: limit, filter: filter, exclude: exclude, mask: mask)
    let outcome = LexicalScan(snapshot, query, terms: terms, scoring: wanted.reversed(), windowRows: windowRows).run()
    let expected = Self.slow.search(items, terms, limit: limit, keep: keep)
    #expect(sameBits(outcome.candidates, expected))
    #expect(outcome.rows.map { snapshot.id(at: $0) } == outcome.candidates.map(\.itemID))
    #expect(outcome.skippedCount == 0)
    let scores = wanted.reversed().map { Self.slow.score(snapshot.item(at: $0), terms).bitPattern }
    #expect(outcome.scores.map(\.bitPattern) == scores)
  }

  @Test(arguments: [0, 1, 63, 64, 1500])
  func listsEqualPlainLoopsAtAnyWindow(_ count: Int) throws {
    var shop = try #require(Shop(seed: 900 + UInt64(count)))
    let items = (0..<count).map { Self.item(&shop, UInt64($0)) }
    let table = ItemTable(schema: shop.schema, lexical: Self.slow.settings())
    for item in items { try table.upsert(item, version: 1) }
    for isEncoded in [false, true] {
      if isEncoded { table.encodeAll() }
      for windowRows in [1, 200, 1 << 15] {
        let terms = Self.terms(&shop, 1 + shop.below(12))
        for limit in [1, 200] { expect(table.snapshot(), items, terms, limit: limit, windowRows: windowRows) }
      }
    }
  }

  @Test func filtersMasksAndExclusionsHoldForWordsToo() throws {
    var shop = try #require(Shop(seed: 910))
    let items = (0..<1000).map { Self.item(&shop, UInt64($0)) }
    let table = ItemTable(schema: shop.schema, lexical: Self.slow.settings())
    for item in items { try table.upsert(item, version: 1) }
    table.encodeAll()
    for text in ["price >= -5 and not brand = acme", "brand = zeta and new = true", "rating > 100"] {
      let filter = try FilterParser.parse(text).typed(against: shop.schema)
      let terms = Self.terms(&shop, 5)
      let excluded = Set(Self.slow.search(items, terms, limit: 20).map(\.itemID))
      expect(
        table.snapshot(), items, terms, limit: 100, filter: filter, exclude: ExcludeSet(Array(excluded)),
        mask: OddIDs()
      ) { filter.matches($0.attributes) && $0.id.rawValue % 2 == 1 && !excluded.contains($0.id) }
    }
  }

  @Test func writesDeletesUpdatesAndFoldsChangeNoByte() throws {
    var shop = try #require(Shop(seed: 920))
    let table = ItemTable(schema: shop.schema, lexical: Self.slow.settings(foldedCount: 2))
    var model: [UInt64: Item] = [:]
    var kept: [(Snapshot, [Item])] = []
    var settling = SlowSettling()
    for step in 0..<4000 {
      // First growth, then mostly overwrites and deletes, so that blocks and their lists become sparse.
      let id = UInt64(step < 1300 ? step : shop.below(1300))
      switch step < 1300 ? 0 : shop.below(4) {
      case 0:
        let item = Self.item(&shop, id)
        try table.upsert(item, version: UInt64(step))
        model[id] = item
      case 1:
        let title = shop.below(3) == 0 ? nil : AttributeValue.text(Self.title(&shop))
        try table.update(ItemID(id), [AttributeChange(attribute: 5, value: title)], version: UInt64(step))
        model[id]?.attributes[5] = title
      default:
        table.delete(ItemID(id))
        model[id] = nil
      }
      // What is made lags behind the writes, as in a shard.
      if step % 50 == 0, let encoding = table.nextEncoding() { table.attach(encoding.run()) }
      settling.step(table, begins: step % 100 == 0)
      if step % 150 == 0 { kept.append((table.snapshot(), Array(model.values))) }
      if step == 3500 { table.encodeAll() }
    }
    kept.append((table.snapshot(), Array(model.values)))
    table.encodeAll()
    kept.append((table.snapshot(), Array(model.values)))
    #expect(settling.count > 3)
    for (snapshot, items) in kept {
      expect(snapshot, items, Self.terms(&shop, 8), limit: 100, windowRows: 300)
    }
  }

  @Test func listsFoldAndTheirRowsAreNotLostBetween() throws {
    var shop = try #require(Shop(seed: 930, dimension: 1, rerank: 0))
    let items = (0..<2000).map { Self.item(&shop, UInt64($0)) }
    let table = ItemTable(schema: shop.schema, lexical: Self.slow.settings(foldedCount: 2))
    for item in items { try table.upsert(item, version: 1) }
    var encodings = 0
    while let encoding = table.nextEncoding() {
      let before = table.snapshot()
      let encoded = encoding.run()
      // A row that dies while a fold is made.
      table.delete(ItemID(UInt64(encodings)))
      table.attach(encoded)
      encodings += 1
      let left = items.filter { $0.id.rawValue >= UInt64(encodings) }
      let terms = Self.terms(&shop, 6)
      expect(table.snapshot(), left, terms, limit: 40)
      expect(before, items.filter { $0.id.rawValue + 1 >= UInt64(encodings) }, terms, limit: 40)
    }
    #expect(encodings > 4)
  }

  @Test func rowsThatSettleTakeTheirTermsAlong() throws {
    var shop = try #require(Shop(seed: 940, dimension: 8, rerank: 0))
    let items = (0..<3000).map { Self.item(&shop, UInt64($0)) }
    let table = ItemTable(schema: shop.schema, lexical: Self.slow.settings(foldedCount: 2))
    for part in [0..<1500, 1500..<3000] {
      for item in items[part] { try table.upsert(item, version: 1) }
      table.encodeAll()
      // What folds and what settles are made side by side, and each is taken when the other has been.
      var settlement = try #require(table.nextSettlement(least: 256))
      while settlement.step() {}
      var isOver = false
      while !isOver {
        isOver = !table.settle(settlement.rows, atMost: 100)
        if let encoding = table.nextEncoding() {
          let encoded = encoding.run()
          isOver = isOver || !table.settle(settlement.rows, atMost: 100)
          table.attach(encoded)
        }
        expect(table.snapshot(), Array(items.prefix(part.upperBound)), Self.terms(&shop, 6), limit: 60, windowRows: 700)
      }
      table.encodeAll()
      #expect(table.looseRows == 0)
      expect(table.snapshot(), Array(items.prefix(part.upperBound)), Self.terms(&shop, 9), limit: 200)
    }
  }

  @Test func manyDifferentImpactsAreKeptExactly() throws {
    let slow = SlowLexical(fields: [SlowLexical.Field(attribute: 0, weight: 1, b: 0.6, average: 200)], k1: 1.2)
    let schema = try #require(
      CollectionSchema(
        embeddingDimension: 1, rerankDimension: 0, attributes: [AttributeDefinition(name: "title", type: .text)]))
    let table = ItemTable(schema: schema, lexical: slow.settings(foldedCount: 2))
    // 300 lengths, so 600 impacts: more than one byte tells apart.
    let items = (0..<1024).map { id in
      Item(
        id: ItemID(UInt64(id)), embedding: [id % 2 == 0 ? 1 : -1], rerank: [],
        attributes: [.text("here" + String(repeating: " x", count: id % 300))])
    }
    for item in items { try table.upsert(item, version: 1) }
    table.encodeAll()
    let terms = [LexicalTerm("here", weight: 2), LexicalTerm("x", weight: 0.25)]
    for isSettled in [false, true] {
      if isSettled { table.settleAll(least: 256) }
      let outcome = LexicalScan(table.snapshot(), SearchQuery(vector: [], limit: 800), terms: terms).run()
      #expect(sameBits(outcome.candidates, slow.search(items, terms, limit: 800)))
    }
  }

  @Test func whatIsSkippedIsCounted() throws {
    var shop = try #require(Shop(seed: 940))
    let table = ItemTable(schema: shop.schema, lexical: Self.slow.settings())
    for id in 0..<1000 { try table.upsert(Self.item(&shop, UInt64(id)), version: 1) }
    for isEncoded in [false, true] {
      if isEncoded { table.encodeAll() }
      let query = SearchQuery(vector: [], limit: 5, mask: OddIDs())
      let scan = LexicalScan(table.snapshot(), query, terms: [LexicalTerm("w1", weight: 1)])
      let outcome = scan.run(shouldStop: { true })
      #expect(outcome.skippedCount == 500 && outcome.candidates.isEmpty)
    }
  }

  @Test func aTableWithoutTextFindsNothing() throws {
    var shop = try #require(Shop(seed: 950))
    let table = ItemTable(schema: shop.schema)
    for id in 0..<100 { try table.upsert(Self.item(&shop, UInt64(id)), version: 1) }
    let scan = LexicalScan(
      table.snapshot(), SearchQuery(vector: [], limit: 5), terms: [LexicalTerm("w1", weight: 1)],
      scoring: [RowAddress.first])
    let outcome = scan.run()
    #expect(outcome.candidates.isEmpty && outcome.scores == [0])
  }

  @Test func memoryOfWordsIsCounted() throws {
    var shop = try #require(Shop(seed: 960))
    let table = ItemTable(schema: shop.schema, lexical: Self.slow.settings())
    for id in 0..<5000 { try table.upsert(Self.item(&shop, UInt64(id)), version: 1) }
    let before = table.memory.wordBytes
    table.encodeAll()
    let after = table.memory.wordBytes
    #expect(before > after && after > 5000)
    #expect(table.memory.parts.contains { $0.name == "words" && $0.bytes == after })
  }
}

/// Admits items of odd ids.
private struct OddIDs: RowMask {
  func restrict(_ rows: inout RowBits, block: UInt64, ids: Span<UInt64>) { rows.keep { ids[$0] % 2 == 1 } }
}
