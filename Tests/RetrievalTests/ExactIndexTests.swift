import Filters
import Kernels
import Retrieval
import Support
import Testing
import Vocabulary

@Suite struct ExactIndexTests {
  @Test(arguments: InstructionSet.available)
  func everyShapeEqualsTheSlowTwin(instructionSet: InstructionSet) throws {
    let index = ExactIndex(kernels: KernelSet(instructionSet))
    for (seed, dimension) in [1, 2, 15, 16, 17, 33, 64, 100].enumerated() {
      for count in [0, 1, 63, 64, 65, 700] {
        var shop = try #require(Shop(seed: UInt64(seed * 1000 + count), dimension: dimension, attributes: []))
        let stock = shop.items(count, coarse: seed % 2 == 0)
        let snapshot = try table(shop.schema, stock).snapshot()
        let query = shop.vector(dimension, coarse: seed % 2 == 0)
        for limit in [1, 10, 333, 10_000] {
          let outcome = try index.search(snapshot, SearchQuery(vector: query, limit: limit))
          #expect(sameBits(outcome.candidates, SlowSearch.search(stock, query: query, limit: limit)))
          #expect(outcome.isComplete && outcome.ownedCount == count && outcome.scannedCount == count)
          #expect(outcome.passedCount == count && outcome.maskedCount == 0)
          #expect(zip(outcome.rows, outcome.candidates).allSatisfy { snapshot.id(at: $0) == $1.itemID })
        }
      }
    }
  }

  @Test func tiesAtTheLastPlaceGoToTheLowerId() throws {
    var shop = try #require(Shop(seed: 11, dimension: 2, attributes: []))
    let stock = shop.items(4000, coarse: true)
    let snapshot = try table(shop.schema, stock).snapshot()
    for query: [Float] in [[1, 0], [0, 0], [-1, 1], [-0.0, 0]] {
      for limit in [1, 7, 100, 500, 1999, 3999, 4000, 4001] {
        let outcome = try ExactIndex().search(snapshot, SearchQuery(vector: query, limit: limit))
        #expect(sameBits(outcome.candidates, SlowSearch.search(stock, query: query, limit: limit)))
      }
    }
  }

  @Test func ascendingScoresKeepTheBest() throws {
    // Each row beats all before it, so that every one enters the buffer and many selections follow.
    let schema = try #require(CollectionSchema(embeddingDimension: 1, rerankDimension: 0, attributes: []))
    let stock = (0..<6000).map { Item(id: ItemID($0), embedding: [Float($0)], rerank: [], attributes: []) }
    for rows in [stock, stock.reversed()] {
      let snapshot = try table(schema, rows).snapshot()
      for limit in [1, 5, 1000] {
        let outcome = try ExactIndex().search(snapshot, SearchQuery(vector: [1], limit: limit))
        #expect(outcome.candidates.map(\.itemID.rawValue) == (0..<UInt64(limit)).map { 5999 - $0 })
      }
    }
  }

  @Test func noRoundingMakesAScoreInfinite() throws {
    let dimension = 64
    let schema = try #require(CollectionSchema(embeddingDimension: dimension, rerankDimension: 0, attributes: []))
    let large = [Float](repeating: 0x1.bc16d4p+56, count: dimension)  // norm just below 1e18
    let values: [[Float]] = [
      large, large.map { -$0 }, [Float](repeating: .leastNonzeroMagnitude, count: dimension),
      [Float](repeating: -0.0, count: dimension), [0x1.bc16d4p+59] + [Float](repeating: 0, count: dimension - 1),
    ]
    let stock = values.enumerated().map {
      Item(id: ItemID(UInt64($0.offset)), embedding: $0.element, rerank: [], attributes: [])
    }
    let snapshot = try table(schema, stock).snapshot()
    for query in values {
      let outcome = try ExactIndex().search(snapshot, SearchQuery(vector: query, limit: 5))
      #expect(outcome.candidates.count == 5)
      #expect(sameBits(outcome.candidates, SlowSearch.search(stock, query: query, limit: 5)))
      #expect(outcome.candidates.allSatisfy { $0.score.value != 0 || $0.score.value.sign == .plus })
    }
  }

  @Test func aQueryThatIsNoVectorIsRefused() throws {
    let shop = try #require(Shop(seed: 12))
    let snapshot = ItemTable(schema: shop.schema).snapshot()
    func refuses(_ expected: VectorError, _ vector: [Float]) {
      #expect(throws: expected) { try ExactIndex().search(snapshot, SearchQuery(vector: vector, limit: 1)) }
    }
    refuses(.dimension(expected: 5, found: 1), [1])
    refuses(.notFinite, [1, 2, 3, .nan, 5])
    refuses(.normTooLarge, [1e19, 0, 0, 0, 0])
  }

  @Test func pagesJoinToTheWholeResult() throws {
    var shop = try #require(Shop(seed: 13, dimension: 3, attributes: []))
    let stock = shop.items(2500, coarse: true)
    let snapshot = try table(shop.schema, stock).snapshot()
    let query = shop.vector(3, coarse: true)
    let whole = SlowSearch.search(stock, query: query, limit: 10_000)
    for limit in [97, 800, 2500] {
      var joined: [Candidate] = []
      for _ in 0...(2500 / limit + 1) {
        let page = try ExactIndex().search(snapshot, SearchQuery(vector: query, limit: limit, after: joined.last))
        #expect(
          sameBits(page.candidates, SlowSearch.search(stock, query: query, limit: limit, after: joined.last)))
        joined += page.candidates
      }
      #expect(sameBits(joined, whole))
    }
  }

  @Test func excludedItemsNeverComeBack() throws {
    var shop = try #require(Shop(seed: 14, attributes: []))
    let stock = shop.items(3000)
    let snapshot = try table(shop.schema, stock).snapshot()
    let query = shop.vector(5)
    let best = SlowSearch.search(stock, query: query, limit: 2000).map(\.itemID)
    for count in [0, 1, 50, 2000] {
      // In order of score, which is no order of ids, with a repeat and an id that is not there.
      let excluded = Array(best.prefix(count)) + best.prefix(1).filter { _ in count > 0 } + [ItemID(5)]
      let slow = Set(excluded)
      let outcome = try ExactIndex().search(
        snapshot, SearchQuery(vector: query, limit: 20, exclude: ExcludeSet(excluded)))
      #expect(
        sameBits(
          outcome.candidates, SlowSearch.search(stock, query: query, limit: 20) { !slow.contains($0.id) }))
    }
  }

  @Test func filtersPassWhatTheirMeaningSays() throws {
    var shop = try #require(Shop(seed: 15))
    let stock = shop.items(2300)
    let table = try table(shop.schema, stock)
    let snapshot = table.snapshot()
    let query = shop.vector(5)
    let texts = [
      "price > 3", "price != 3", "price in (1, 2, 9, 77)", "price in -2..2", "price < -100", "has price",
      "not has price",
      "rating >= 2.5", "rating != 2.5", "rating in (0.125, 4, 4.875)", "price < 2.5", "rating in 1..2",
      "brand = acme", "brand != acme", "brand = nobody", "brand != nobody", "brand in (acme, zeta, nobody, blau)",
      "brand = \"cé\"", "brand = \"ce\u{301}\"", "brand = \"\"", "not brand = acme", "tags = zeta", "tags != zeta",
      "tags in (acme, \"cé\")", "has tags", "new = true", "new != true", "not new = true",
      "price > 3 and brand = acme", "price > 3 or brand = acme", "not (price > 3 or brand != acme)",
      "price = 3 and brand = acme and new = true and tags = blau", "(has price or has rating) and not tags = acme",
    ]
    for text in texts {
      let filter = try FilterParser.parse(text).typed(against: shop.schema)
      let passing = stock.filter { filter.matches($0.attributes) }
      let outcome = try ExactIndex().search(snapshot, SearchQuery(vector: query, limit: 40, filter: filter))
      #expect(sameBits(outcome.candidates, SlowSearch.search(passing, query: query, limit: 40)), "\(text)")
      #expect(outcome.passedCount == passing.count && outcome.scannedCount == 2300, "\(text)")
    }
  }

  @Test func anAttributeOfNoItemPassesNothing() throws {
    var shop = try #require(Shop(seed: 16))
    let stock = shop.items(100).map { item in
      var bare = item
      bare.attributes = bare.attributes.map { _ in nil }
      return bare
    }
    let snapshot = try table(shop.schema, stock).snapshot()
    for text in ["price != 1", "brand != a", "tags != a", "new != true", "rating != 1", "has price"] {
      let filter = try FilterParser.parse(text).typed(against: shop.schema)
      let outcome = try ExactIndex().search(
        snapshot, SearchQuery(vector: shop.vector(5), limit: 10, filter: filter))
      #expect(outcome.candidates.isEmpty && outcome.passedCount == 0, "\(text)")
    }
  }

  @Test func theMaskWithholdsAndIsCounted() throws {
    var shop = try #require(Shop(seed: 17))
    let stock = shop.items(1500)
    let table = try table(shop.schema, stock)
    for item in stock.prefix(200) { table.delete(item.id) }
    let snapshot = table.snapshot()
    let query = shop.vector(5)
    let filter = try FilterParser.parse("price > 0").typed(against: shop.schema)
    let owned = stock.dropFirst(200).filter { $0.id.rawValue % 3 == 0 }
    let outcome = try ExactIndex().search(
      snapshot, SearchQuery(vector: query, limit: 30, filter: filter, mask: ThirdsMask(revivesTheDead: true)))
    let passing = owned.filter { filter.matches($0.attributes) }
    #expect(sameBits(outcome.candidates, SlowSearch.search(passing, query: query, limit: 30)))
    #expect(outcome.ownedCount == owned.count && outcome.maskedCount == 1300 - owned.count)
    #expect(outcome.passedCount == passing.count && outcome.isComplete)
  }

  @Test func aStoppedSearchIsLabelledAndStillCountsWhatItOwns() throws {
    var shop = try #require(Shop(seed: 18, attributes: []))
    let stock = shop.items(1000)
    let snapshot = try table(shop.schema, stock).snapshot()
    let query = SearchQuery(vector: shop.vector(5), limit: 1000, mask: ThirdsMask(revivesTheDead: false))
    let owned = stock.count { $0.id.rawValue % 3 == 0 }
    for blocks in [0, 1, 3] {
      let asks = Lock(0)
      let outcome = try ExactIndex().search(snapshot, query) {
        asks.withLock { asks in
          asks += 1
          return asks > blocks
        }
      }
      let asked = asks.withLock { $0 }
      #expect(!outcome.isComplete && outcome.ownedCount == owned && outcome.scannedCount < owned)
      #expect(outcome.maskedCount == 1000 - owned)
      #expect(outcome.candidates.count == outcome.scannedCount && asked == blocks + 1)
    }
  }

  private func table(_ schema: CollectionSchema, _ items: some Sequence<Item>) throws -> ItemTable {
    let table = ItemTable(schema: schema)
    for item in items { try table.upsert(item, version: 1) }
    return table
  }
}

/// Admits ids that 3 divides.
struct ThirdsMask: RowMask {
  let revivesTheDead: Bool

  func restrict(_ rows: inout RowBits, block: UInt64, ids: Span<UInt64>) {
    if revivesTheDead {
      for row in ids.indices { rows[row] = true }
    }
    rows.keep { ids[$0] % 3 == 0 }
  }
}

/// Equality of ids and of the scores' bits.
func sameBits(_ a: [Candidate], _ b: [Candidate]) -> Bool {
  a.count == b.count
    && zip(a, b).allSatisfy { $0.itemID == $1.itemID && $0.score.value.bitPattern == $1.score.value.bitPattern }
}
