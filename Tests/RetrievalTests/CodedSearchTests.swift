import Kernels
import Retrieval
import Support
import Testing
import Vocabulary

/// Searches over blocks with codes must equal a scan of every row, bit for bit and in order.
@Suite struct CodedSearchTests {
  /// Data that strains the proof.
  enum Kind: CaseIterable {
    case uniform, lengths, tiny, huge, anySize, equal, oneHot, subnormal, negative, outlier, ties, zeros, clusters
  }

  @Test(arguments: Kind.allCases, [false, true])
  func codesNeverChangeAnAnswer(kind: Kind, isSettled: Bool) throws {
    for (seed, dimension) in [1, 3, 16, 17, 64, 100, 250].enumerated() {
      var random = SeededRandom(seed: UInt64(100 + seed))
      let stock = items(1300, dimension, kind, &random)
      let table = try table(stock, dimension)
      let queries = [
        random.floats(dimension), stock[7].embedding, stock[700].embedding.map { -$0 },
        (0..<dimension).map { $0 == 0 ? 1 : 0 }, vector(dimension, kind, 5, &random),
      ]
      for isa in InstructionSet.available {
        let kernels = KernelSet(isa)
        table.encodeAll(kernels)
        if isSettled { table.settleAll(kernels, least: 256) }
        let snapshot = table.snapshot()
        for query in queries {
          let slow = SlowSearch.search(stock, query: query, limit: 10_000)
          for limit in [1, 10, 300, 10_000] {
            let outcome = try ExactIndex(kernels: kernels).search(snapshot, SearchQuery(vector: query, limit: limit))
            #expect(
              sameBits(outcome.candidates, Array(slow.prefix(limit))), "\(kind), \(dimension), \(limit), \(isa)")
            #expect(outcome.isComplete && outcome.scannedCount == 1300 && outcome.passedCount == 1300)
          }
        }
      }
    }
  }

  @Test func manyDimensionsKeepTheProof() throws {
    for dimension in [511, 1000, 1024, 4096] {
      var random = SeededRandom(seed: UInt64(dimension))
      let stock = Kind.allCases.flatMap { items(12, dimension, $0, &random) }.enumerated().map {
        Item(id: ItemID(UInt64($0.offset)), embedding: $0.element.embedding, rerank: [], attributes: [])
      }
      let table = try table(stock, dimension)
      table.encodeAll()
      for query in [random.floats(dimension), stock[3].embedding, stock[90].embedding] {
        let outcome = try ExactIndex().search(table.snapshot(), SearchQuery(vector: query, limit: 30))
        #expect(sameBits(outcome.candidates, SlowSearch.search(stock, query: query, limit: 30)))
      }
    }
  }

  @Test func aWatchIsToldEveryPhaseAndChangesNothing() throws {
    var random = SeededRandom(seed: 33)
    let table = try table(items(5000, 32, .uniform, &random), 32)
    table.encodeAll()
    let rows = Lock([SearchPhase: Int]())
    let watched = ExactIndex { phase, count in rows.withLock { $0[phase, default: 0] += count } }
    let query = SearchQuery(vector: random.floats(32), limit: 40)
    #expect(try watched.search(table.snapshot(), query) == ExactIndex().search(table.snapshot(), query))
    let told = rows.withLock { $0 }
    let (scanned, refined) = (told[.scan] ?? 0, told[.refinement] ?? 0)
    let (scored, chosen) = (told[.scores] ?? 0, told[.selection] ?? 0)
    #expect(told[.filter] == 5000)
    #expect(scanned > 2500 && scanned < 5000, "the last block is not full and has no codes")
    #expect(refined < scanned && scored >= 40 && chosen >= 40 && chosen <= scored)
  }

  @Test func thousandsOfTiesAtTheLastPlaceGoToTheLowerIds() throws {
    var random = SeededRandom(seed: 31)
    let level = random.floats(20)
    let stock = (0..<6000).map { i in
      let embedding = i % 50 == 0 ? level.map { $0 * (1 + Float(i) / 6000) } : level
      return Item(id: ItemID(UInt64(i) &* 0xd6e8_feb8_6659_fd93), embedding: embedding, rerank: [], attributes: [])
    }
    let table = try table(stock, 20)
    table.encodeAll()
    let slow = SlowSearch.search(stock, query: level, limit: 10_000)
    for limit in [1, 100, 119, 120, 121, 1000, 6000] {
      let outcome = try ExactIndex().search(table.snapshot(), SearchQuery(vector: level, limit: limit))
      #expect(sameBits(outcome.candidates, Array(slow.prefix(limit))))
    }
  }

  @Test func pagesExclusionsMasksAndDeadRowsHoldWithCodes() throws {
    var random = SeededRandom(seed: 32)
    let stock = items(3000, 24, .uniform, &random)
    let table = try table(stock, 24)
    table.encodeAll()
    for item in stock.prefix(500) { table.delete(item.id) }
    let rest = Array(stock.dropFirst(500))
    let query = random.floats(24)
    let whole = SlowSearch.search(rest, query: query, limit: 10_000)
    var joined: [Candidate] = []
    for _ in 0..<4 {
      let page = try ExactIndex().search(
        table.snapshot(), SearchQuery(vector: query, limit: 700, after: joined.last))
      joined += page.candidates
    }
    #expect(sameBits(joined, whole))
    let excluded = whole.prefix(900).map(\.itemID)
    let outcome = try ExactIndex().search(
      table.snapshot(),
      SearchQuery(vector: query, limit: 50, exclude: ExcludeSet(excluded), mask: ThirdsMask(revivesTheDead: true)))
    #expect(
      sameBits(outcome.candidates, Array(whole.dropFirst(900).filter { $0.itemID.rawValue % 3 == 0 }.prefix(50))))
  }

  /// The first threshold comes from all blocks, and a search that stops has not seen them.
  @Test func aSearchThatStopsStillHasAsManyAsItWasAskedFor() throws {
    var random = SeededRandom(seed: 36)
    let stock = items(6000, 24, .lengths, &random)
    let table = try table(stock, 24)
    table.encodeAll()
    let snapshot = table.snapshot()
    for turn in 0..<40 {
      let limit = [1, 20, 300][turn % 3]
      let query = SearchQuery(
        vector: random.floats(24), limit: limit, mask: turn % 4 == 0 ? ThirdsMask(revivesTheDead: false) : nil)
      let left = Lock(turn % 9)
      let outcome = try ExactIndex().search(snapshot, query) {
        left.withLock { left in
          left -= 1
          return left < 0
        }
      }
      let admitted = query.mask == nil ? stock : stock.filter { $0.id.rawValue % 3 == 0 }
      let seen = SlowSearch.search(
        Array(admitted.prefix(outcome.scannedCount)), query: query.vector, limit: limit)
      let scores = Dictionary(
        uniqueKeysWithValues: SlowSearch.search(admitted, query: query.vector, limit: 10_000).map { ($0.itemID, $0) })
      #expect(!outcome.isComplete && outcome.scannedCount < admitted.count && outcome.ownedCount == admitted.count)
      #expect(Set(outcome.candidates.map(\.itemID)).count == outcome.candidates.count)
      #expect(outcome.candidates == outcome.candidates.sorted())
      #expect(outcome.candidates.allSatisfy { $0 == scores[$0.itemID] })
      #expect(outcome.candidates.count >= seen.count && zip(outcome.candidates, seen).allSatisfy { $0 <= $1 })
      // A part that a helper did may have found the same long rows.
      var both = outcome
      both.merge(outcome, limit: limit)
      #expect(both.candidates == outcome.candidates && both.rows == outcome.rows)
    }
  }

  @Test func codesComeAndGoUnderAnswersThatStay() throws {
    var random = SeededRandom(seed: 33)
    let stock = items(2500, 32, .clusters, &random)
    let table = ItemTable(
      schema: try #require(CollectionSchema(embeddingDimension: 32, rerankDimension: 0, attributes: [])))
    var held: [(Encoding, Int)] = []
    var present: [UInt64: Item] = [:]
    let query = random.floats(32)
    for (step, item) in (stock + stock.prefix(900) + stock.prefix(900)).enumerated() {
      try table.upsert(item, version: UInt64(step))
      present[item.id.rawValue] = item
      if let encoding = table.nextEncoding() { held.append((encoding, step + 300)) }
      // Codes arrive late; some blocks have been given up by then.
      while let (encoding, due) = held.first, due <= step {
        table.attach(encoding.run())
        held.removeFirst()
      }
      if step % 600 == 599 {
        let outcome = try ExactIndex().search(table.snapshot(), SearchQuery(vector: query, limit: 80))
        #expect(sameBits(outcome.candidates, SlowSearch.search(Array(present.values), query: query, limit: 80)))
      }
    }
    for item in stock { table.delete(item.id) }
    for (encoding, _) in held { table.attach(encoding.run()) }
    #expect(try ExactIndex().search(table.snapshot(), SearchQuery(vector: query, limit: 5)).candidates.isEmpty)
  }

  @Test func codesOfAnotherTableAreNotTaken() throws {
    var random = SeededRandom(seed: 35)
    let (one, other) = (items(64, 8, .uniform, &random), items(64, 8, .uniform, &random))
    let (first, second) = (try table(one, 8), try table(other, 8))
    let stray = try #require(first.nextEncoding()).run()
    second.attach(stray)
    try table([], 8).attach(stray)
    #expect(second.memory.codeBytes == 0)
    first.attach(stray)
    #expect(first.memory.codeBytes > 0)
  }

  @Test func codesAreCountedAsMemory() throws {
    var random = SeededRandom(seed: 34)
    let table = try table(items(1024, 64, .uniform, &random), 64)
    #expect(table.memory.codeBytes == 0)
    table.encodeAll()
    // 4 + 8 bits a dimension, two scales with errors in bfloat16, two places; and a norm for 64 rows, where blocks begin
    // at a line of memory.
    let norms = table.memory.codeBytes - 1024 * (32 + 4 + 64 + 4 + 4)
    #expect(norms >= 1024 / 64 * 4 && norms <= 5 * 64)
    // All that an item without attributes needs, the way from its id to its row included.
    #expect(table.memory.totalBytes <= 1024 * (4 * 64 + 64 + 32) * 5 / 4)
  }

  private func table(_ items: [Item], _ dimension: Int) throws -> ItemTable {
    let schema = try #require(CollectionSchema(embeddingDimension: dimension, rerankDimension: 0, attributes: []))
    let table = ItemTable(schema: schema)
    for item in items { try table.upsert(item, version: 1) }
    return table
  }

  private func items(_ count: Int, _ dimension: Int, _ kind: Kind, _ random: inout SeededRandom) -> [Item] {
    (0..<count).map { index in
      let id = (UInt64(index) &+ 77) &* 0xd6e8_feb8_6659_fd93
      return Item(
        id: ItemID(id), embedding: vector(dimension, kind, index, &random), rerank: [], attributes: [])
    }
  }

  private func vector(_ d: Int, _ kind: Kind, _ index: Int, _ random: inout SeededRandom) -> [Float] {
    let values = random.floats(d)
    let shrink = 1 / Float(d).squareRoot()
    switch kind {
    case .uniform: return values
    case .lengths: return values.map { $0 * Float(1 + index * 37 % 100) }
    case .tiny: return values.map { $0 * 1e-20 }
    case .huge: return values.map { $0 * 1e18 * shrink }
    case .anySize:
      let size = Float(sign: .plus, exponent: index * 31 % 125 - 66, significand: shrink)
      return values.map { $0 * size }
    case .equal: return (0..<d).map { Float($0 % 5) - 1.3 }
    case .oneHot: return (0..<d).map { $0 == index % d ? Float(index % 9) - 4 : 0 }
    case .subnormal: return values.map { $0 * 0x1p-135 }
    case .negative: return values.map { -$0.magnitude }
    case .outlier: return (0..<d).map { $0 == d / 2 ? values[$0] * 1e12 : values[$0] }
    case .ties: return values.map { ($0 * 2).rounded() }
    case .zeros: return (0..<d).map { _ in index % 3 == 0 ? -0.0 : 0 }
    case .clusters: return (0..<d).map { Float(($0 * 7 + index % 4 * 13) % 11) - 5 + values[$0] * 0.01 }
    }
  }
}
