import Filters
import Kernels
import Retrieval
import Support
import Testing
import Vocabulary

/// Counts from lists, bands and bits against counting all items.
@Suite struct FacetCounterTests {
  /// Every third id is withheld.
  private struct Thirds: RowMask {
    func restrict(_ rows: inout RowBits, block: UInt64, ids: Span<UInt64>) {
      for row in ids.indices where ids[row] % 3 == 0 { rows[row] = false }
    }
  }

  private static let filters = [
    "", "price > -20", "brand = acme", "rating < 1.5 and has tags", "new = true or price in (1, 2, 3)", "price > 100",
  ]

  /// A table with full blocks, dead rows and a block that is not full, and its items.
  private static func shop(_ seed: UInt64) throws -> (Shop, Snapshot, [Item]) {
    var shop = try #require(Shop(seed: seed))
    let table = ItemTable(schema: shop.schema)
    var items = shop.items(1500)
    for item in items { try table.upsert(item, version: 1) }
    table.encodeAll()
    let dead = Set(items.filter { _ in shop.below(9) == 0 }.map(\.id))
    for id in dead { table.delete(id) }
    items.removeAll { dead.contains($0.id) }
    return (shop, table.snapshot(), items)
  }

  private static func number(_ value: AttributeValue?) -> Double? {
    switch value {
    case .int(let value): Double(value)
    case .float(let value): value
    default: nil
    }
  }

  private static func texts(_ value: AttributeValue?) -> [String] {
    switch value {
    case .int(let value): [String(value)]
    case .keyword(let value): [value]
    case .keywordSet(let values): values
    case .bool(let value): [value ? "true" : "false"]
    case .float, .text, nil: []
    }
  }

  /// What counting all items gives.
  private static func slow(_ items: [Item], _ attribute: Int, _ kind: CountQuery.Facet.Kind) -> FacetCount.Counts {
    switch kind {
    case .values:
      var counts: [ExactText: Int] = [:]
      for item in items { for text in texts(item.attributes[attribute]) { counts[text.exact, default: 0] += 1 } }
      return .texts(counts.sorted { $0.key < $1.key }.map { ($0.key.text, $0.value) })
    case .edges(let edges):
      let numbers = items.compactMap { number($0.attributes[attribute]) }
      return .ranges(
        zip(edges, edges.dropFirst()).map { low, high in
          numbers.count { $0 >= low && ($0 < high || high == edges.last && $0 == high) }
        })
    case .buckets:
      var counts: [UInt32: Int] = [:]
      for item in items {
        if let number = number(item.attributes[attribute]) { counts[NumberBucket(number).rawValue, default: 0] += 1 }
      }
      return .buckets(counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func countsAreThoseOfCountingAllItems(seed: UInt64) throws {
    var (shop, snapshot, items) = try Self.shop(seed)
    for text in Self.filters {
      let filter = text.isEmpty ? nil : try FilterParser.parse(text).typed(against: shop.schema)
      let other = try FilterParser.parse(Self.filters[1 + shop.below(5)]).typed(against: shop.schema)
      let excluded = shop.below(2) == 0 ? Set<ItemID>() : Set(items.filter { _ in shop.below(5) == 0 }.map(\.id))
      let isMasked = shop.below(2) == 0
      let facets: [(Int, CountQuery.Facet.Kind)] = [
        (0, .values), (2, .values), (3, .values), (4, .values), (0, .edges([-10, -3, 0, 4, 9])),
        (1, .edges([0, 0.5, 1.25, 4])), (1, .buckets), (0, .buckets),
      ]
      let query = SearchQuery(
        vector: [], limit: 10, filter: filter, exclude: ExcludeSet(Array(excluded)), mask: isMasked ? Thirds() : nil)
      let count = CountQuery(
        otherFilters: [other, nil],
        facets: facets.enumerated().map { .init(attribute: $1.0, $1.1, basis: $0 % 3) })
      let outcome = FacetCounter(snapshot, query, count).run()
      let owned = items.filter { !excluded.contains($0.id) && !(isMasked && $0.id.rawValue % 3 == 0) }
      let passing = owned.filter { filter?.matches($0.attributes) ?? true }
      #expect(outcome.total == passing.count && outcome.isComplete, "\(text)")
      for (place, (attribute, kind)) in facets.enumerated() {
        let basis = [passing, owned.filter { other.matches($0.attributes) }, owned][place % 3]
        let found = outcome.facets[place]
        #expect(found.counts == Self.slow(basis, attribute, kind), "\(text), facet \(place)")
        let present = basis.reduce(0) {
          $0 + max(Self.texts($1.attributes[attribute]).count, Self.number($1.attributes[attribute]) == nil ? 0 : 1)
        }
        #expect(found.present == present && found.isWhole, "\(text), facet \(place)")
        let numbers = basis.compactMap { Self.number($0.attributes[attribute]) }
        #expect(found.bounds?.lowerBound == numbers.min() && found.bounds?.upperBound == numbers.max())
      }
    }
  }

  @Test func aCountThatIsStoppedSaysSo() throws {
    let (_, snapshot, _) = try Self.shop(4)
    let count = CountQuery(facets: [.init(attribute: 2, .values)])
    #expect(!FacetCounter(snapshot, SearchQuery(vector: [], limit: 1), count).run { true }.isComplete)
  }

  @Test(arguments: [5, 6] as [UInt64]) func theFirstByAttributesAreThoseOfSortingAllItems(seed: UInt64) throws {
    var (shop, snapshot, items) = try Self.shop(seed)
    for text in Self.filters {
      let filter = text.isEmpty ? nil : try FilterParser.parse(text).typed(against: shop.schema)
      for _ in 0..<6 {
        let keys = [0, 1, 2, 4].shuffled(using: &shop.random).prefix(1 + shop.below(3))
          .map { ($0, descends: shop.below(2) == 0) }
        let limit = [1, 20, 700, 2000][shop.below(4)]
        let excluded = Set(items.filter { _ in shop.below(20) == 0 }.map(\.id))
        let query = SearchQuery(
          vector: shop.vector(5), limit: limit, filter: filter, exclude: ExcludeSet(Array(excluded)))
        let outcome = SortedScan(
          snapshot, query, by: keys.map { SortOrder(attribute: $0.0, descends: $0.descends) }
        ).run()
        let sorted = items.filter { (filter?.matches($0.attributes) ?? true) && !excluded.contains($0.id) }
          .sorted { Self.precedes($0, $1, keys) }
        #expect(outcome.candidates.map(\.itemID) == sorted.prefix(limit).map(\.id), "\(text) by \(keys), \(limit)")
        for (candidate, row) in zip(outcome.candidates, outcome.rows) {
          #expect(snapshot.id(at: row) == candidate.itemID)
        }
        #expect(outcome.isComplete && outcome.scannedCount == items.count)
      }
    }
  }

  private static func precedes(_ a: Item, _ b: Item, _ keys: [(Int, descends: Bool)]) -> Bool {
    for (attribute, descends) in keys {
      switch (a.attributes[attribute], b.attributes[attribute]) {
      case (nil, nil): continue
      case (nil, _): return false
      case (_, nil): return true
      case (.keyword(let a), .keyword(let b)):
        if a.exact != b.exact { return (a.exact < b.exact) != descends }
      case (.bool(let a), .bool(let b)):
        if a != b { return b != descends }
      case (let a, let b):
        if let a = number(a), let b = number(b), a != b { return (a < b) != descends }
      }
    }
    return a.id < b.id
  }

  @Test func theGreatestAndLeastIntsAreToldFromMissingOnes() throws {
    let schema = try #require(
      CollectionSchema(embeddingDimension: 1, rerankDimension: 0, attributes: [.init(name: "n", type: .int)]))
    let table = ItemTable(schema: schema)
    let values: [Int64?] = [nil, .max, .max - 1, .min, 0, .min + 1]
    for (id, value) in values.enumerated() {
      try table.upsert(
        Item(id: ItemID(UInt64(id)), embedding: [1], rerank: [], attributes: [value.map { .int($0) }]), version: 1)
    }
    for (descends, order) in [(false, [3, 5, 4, 2, 1, 0]), (true, [1, 2, 4, 5, 3, 0])] {
      let outcome = SortedScan(
        table.snapshot(), SearchQuery(vector: [0], limit: 10), by: [SortOrder(attribute: 0, descends: descends)]
      ).run()
      #expect(outcome.candidates.map { Int($0.itemID.rawValue) } == order)
    }
  }

  @Test func bucketsAscendAsNumbersDo() {
    let numbers = [-1e300, -7.5, -1, -1e-300, 0, 1e-300, 0.5, 1, 1.001, 1.01, 7, 1e9, 1e300]
    for (a, b) in zip(numbers, numbers.dropFirst()) { #expect(NumberBucket(a) <= NumberBucket(b)) }
    #expect(NumberBucket(-0.0) == NumberBucket(0.0))
    for number in numbers {
      let bucket = NumberBucket(number)
      #expect(bucket.low <= number && number < NumberBucket(rawValue: bucket.rawValue + 1).low)
    }
  }
}
