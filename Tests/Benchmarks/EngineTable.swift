import Filters
import Retrieval
import SocketTransport
import Support
import Vocabulary

/// A table of the engine's benchmarks: the same rows without codes, and settled, and queries.
///
/// An item's brand keeps one item in two, ten, a hundred or a thousand, and so does its price, 0…999.
struct EngineTable {
  let items: [[Float]]
  let queries: [[Float]]
  let schema: CollectionSchema
  let plain, coded: Snapshot

  static let brands: [(name: String, perMille: UInt64)] = [
    ("half", 500), ("tenth", 100), ("hundredth", 10), ("thousandth", 1),
  ]

  /// - Returns: `nil` if the data are not here.
  init?(
    _ data: EngineData, dimension: Int = 64, queries: Int = 64, hasAttributes: Bool = false, _ size: BenchmarkSize
  ) throws {
    let count = size == .full ? 1_000_000 : 20_000
    guard let vectors = try data.vectors(count, queries: queries, dimension: dimension) else { return nil }
    let attributes: [AttributeDefinition] =
      hasAttributes ? [.init(name: "brand", type: .keyword), .init(name: "price", type: .int)] : []
    guard
      let schema = CollectionSchema(embeddingDimension: dimension, rerankDimension: 0, attributes: attributes)
    else { throw WrongResult(description: "no schema") }
    let table = ItemTable(schema: schema)
    var random = SeededRandom(seed: 43)
    for (i, embedding) in vectors.items.enumerated() {
      let values: [AttributeValue?] =
        hasAttributes ? [.keyword(Self.brand(random.next() % 1000)), .int(Int64(random.next() % 1000))] : []
      try table.upsert(Item(id: ItemID(UInt64(i)), embedding: embedding, rerank: [], attributes: values), version: 1)
    }
    plain = table.snapshot()
    let clock = SystemClock()
    let start = clock.now()
    table.encodeAll()
    EngineBenchmark.note("codes of \(count) rows in \(start.microseconds(until: clock.now()) / 1000) ms on one thread")
    let settling = clock.now()
    table.settleAll(least: 1024)
    EngineBenchmark.note("settled in \(settling.microseconds(until: clock.now()) / 1000) ms on one thread")
    let memory = table.memory
    EngineBenchmark.note(
      "bytes an item: vectors \(memory.embeddingBytes / count), codes \(memory.codeBytes / count), ids and bits "
        + "\(memory.rowBytes / count), columns \(memory.attributeBytes / count), their lists \(memory.listBytes / count)"
    )
    coded = table.snapshot()
    items = vectors.items
    self.queries = vectors.queries
    self.schema = schema
  }

  private static func brand(_ draw: UInt64) -> String {
    var before: UInt64 = 0
    for (name, perMille) in brands {
      before += perMille
      if draw < before { return name }
    }
    return "other-\(draw % 50)"
  }

  func filter(_ text: String) throws -> TypedFilter { try FilterParser.parse(text).typed(against: schema) }
}

extension SearchOutcome {
  /// Whether another search of the same items, which lie elsewhere, has found the same.
  func says(what other: SearchOutcome) -> Bool {
    candidates == other.candidates && ownedCount == other.ownedCount && maskedCount == other.maskedCount
      && scannedCount == other.scannedCount && passedCount == other.passedCount && isComplete == other.isComplete
  }
}
