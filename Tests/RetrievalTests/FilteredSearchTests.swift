import Filters
import Kernels
import Retrieval
import Support
import Testing
import Vocabulary

/// Filters over blocks with inverted lists and bands must pass exactly what their meaning passes.
@Suite struct FilteredSearchTests {
  /// Blocks are full and encoded, but for the last.
  private static let count = 2200

  @Test(arguments: InstructionSet.available)
  func listsAndBandsPassWhatTheFilterMeans(isa: InstructionSet) throws {
    let kernels = KernelSet(isa)
    var random = SeededRandom(seed: 51)
    let schema = try Self.schema()
    let stock = (0..<UInt64(Self.count)).map { Self.item($0, &random) }
    let table = ItemTable(schema: schema)
    for item in stock { try table.upsert(item, version: 1) }
    let plain = table.snapshot()
    table.encodeAll(kernels)
    for item in stock where item.id.rawValue % 11 == 0 { table.delete(item.id) }
    let alive = stock.filter { $0.id.rawValue % 11 != 0 }
    let coded = table.snapshot()
    let query = random.floats(3)
    var counts: Set<Int> = []
    for _ in 0..<60 {
      let text = Self.filter(depth: 2, &random)
      let filter = try FilterParser.parse(text).typed(against: schema)
      let limit = [5, 100, 2200][Int(random.next() % 3)]
      for (snapshot, items) in [(plain, stock), (coded, alive)] {
        let passing = items.filter { filter.matches($0.attributes) }
        let outcome = try ExactIndex(kernels: kernels).search(
          snapshot, SearchQuery(vector: query, limit: limit, filter: filter))
        #expect(sameBits(outcome.candidates, SlowSearch.search(passing, query: query, limit: limit)), "\(text)")
        #expect(outcome.passedCount == passing.count && outcome.scannedCount == items.count, "\(text)")
        counts.insert(passing.count)
      }
    }
    #expect(counts.count > 30, "the filters hardly differ")
  }

  @Test func manyValuesOfOneColumnPassWhatTheyMean() throws {
    var random = SeededRandom(seed: 52)
    let schema = try Self.schema()
    let stock = (0..<UInt64(Self.count)).map { Self.item($0, &random) }
    let table = ItemTable(schema: schema)
    for item in stock { try table.upsert(item, version: 1) }
    table.encodeAll()
    for many in [3, 40, 1024] {
      let numbers = (0..<many).map { _ in Int64(random.next() % 5000) - 100 }
      let words = (0..<many).map { _ in "w\(random.next() % 4000)" }
      for text in [
        "wide in (\(numbers.map(String.init).joined(separator: ", ")))", "sku in (\(words.joined(separator: ", ")))",
        "few in (\(numbers.map { String($0 % 7) }.joined(separator: ", ")))",
        "price in (\(numbers.map { String(Double($0) / 8) }.joined(separator: ", ")))",
      ] {
        let filter = try FilterParser.parse(text).typed(against: schema)
        let passing = stock.filter { filter.matches($0.attributes) }
        let outcome = try ExactIndex().search(
          table.snapshot(), SearchQuery(vector: random.floats(3), limit: 10_000, filter: filter))
        #expect(outcome.passedCount == passing.count && outcome.candidates.count == passing.count, "\(text)")
      }
    }
  }

  @Test func listsAreCountedAsMemoryAndStaySmall() throws {
    var random = SeededRandom(seed: 53)
    let table = ItemTable(schema: try Self.schema())
    for id in 0..<UInt64(4096) { try table.upsert(Self.item(id, &random), version: 1) }
    #expect(table.memory.listBytes == 0)
    table.encodeAll()
    // One column is a keyword of its own for every row, the worst there is.
    #expect(table.memory.listBytes > 0 && table.memory.listBytes < table.memory.attributeBytes)
  }

  @Test func excludedIdsOfEveryPatternStayOut() {
    var random = SeededRandom(seed: 54)
    for count in [0, 1, 2, 63, 64, 1000, 100_000] {
      for stride in [1, 4096, UInt64(1) << 40, 0] {
        let ids = (0..<UInt64(count)).map { ItemID(stride == 0 ? random.next() : $0 &* stride) }
        let set = ExcludeSet(ids + ids.prefix(3))
        #expect(ids.allSatisfy { set.contains($0) })
        let all = Set(ids)
        let others = (0..<2000).map { ItemID(random.next() % 3 == 0 ? random.next() : $0 &* max(stride, 1) &+ 1) }
        #expect(others.allSatisfy { set.contains($0) == all.contains($0) })
      }
    }
  }

  private static func schema() throws -> CollectionSchema {
    try #require(
      CollectionSchema(
        embeddingDimension: 3, rerankDimension: 0,
        attributes: [
          .init(name: "wide", type: .int), .init(name: "few", type: .int), .init(name: "price", type: .float),
          .init(name: "brand", type: .keyword), .init(name: "sku", type: .keyword),
          .init(name: "tags", type: .keywordSet), .init(name: "new", type: .bool), .init(name: "title", type: .text),
        ]))
  }

  /// Wide and narrow ranges, frequent and rare words, extremes, and columns that are nearly always or never there.
  private static func item(_ id: UInt64, _ random: inout SeededRandom) -> Item {
    func below(_ bound: UInt64) -> UInt64 { random.next() % bound }
    let price: Double = [0, -0.0, 1e300, -1e300, 3.5, Double(below(5000)) / 8][Int(below(6))]
    let wide: Int64 = [Int64.min, .max, Int64(below(5000)), Int64(below(5000)), 77][Int(below(5))]
    let brand = "b\(min(below(40), below(40)))"
    let tags = (0..<below(6)).map { _ in "t\(min(below(30), below(30), below(30)))" }
    let values: [AttributeValue?] = [
      .int(wide), .int(Int64(below(7))), .float(price), .keyword(brand), .keyword("w\(id)"),
      .keywordSet(Set(tags).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }), .bool(below(5) == 0),
      id % 3 == 0 ? .text("t") : nil,
    ]
    return Item(
      id: ItemID(id), embedding: random.floats(3), rerank: [],
      attributes: values.enumerated().map { $0.offset == 4 || below(9) > 0 ? $0.element : nil })
  }

  private static func filter(depth: Int, _ random: inout SeededRandom) -> String {
    func below(_ bound: UInt64) -> UInt64 { random.next() % bound }
    if depth > 0, below(3) > 0 {
      let parts = (0..<below(3) + 1).map { _ in filter(depth: depth - 1, &random) }
      switch below(3) {
      case 0: return "(" + parts.joined(separator: " and ") + ")"
      case 1: return "(" + parts.joined(separator: " or ") + ")"
      default: return "not (" + parts.joined(separator: " and ") + ")"
      }
    }
    let operation = ["=", "!=", "<", "<=", ">", ">="][Int(below(6))]
    let low = Int64(below(5000)) - 50
    switch below(12) {
    case 0: return "wide \(operation) \([low, 77, .min, .max][Int(below(4))])"
    case 1: return "wide in \(low)..\(low + Int64(below(2000)))"
    case 2: return "few \(operation) \(below(8))"
    case 3: return "price \(operation) \(["0", "-0.0", "3.5", "1e300", "\(Double(low) / 8)"][Int(below(5))])"
    case 4: return "price in \(Double(low) / 8)..\(Double(low) / 8 + Double(below(100)))"
    case 5: return "brand \(["=", "!="][Int(below(2))]) b\(below(45))"
    case 6: return "brand in (b0, b\(below(45)), b\(below(45)))"
    case 7: return "sku = w\(below(2300))"
    case 8: return "tags \(["=", "!="][Int(below(2))]) t\(below(31))"
    case 9: return "tags in (t1, t\(below(31)))"
    case 10: return "new = \(below(2) == 0)"
    default: return "has \(["few", "wide", "tags", "brand"][Int(below(4))])"
    }
  }
}
