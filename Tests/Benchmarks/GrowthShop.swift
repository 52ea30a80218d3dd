import Kernels
import Support
import Vocabulary
import WinnowClient

/// The items and queries of the growth benchmark: every item is a function of its id and of how often it was written, so
/// that each result can be recomputed.
struct GrowthShop: Sendable {
  static let dimension = 64
  static let queryCount = 64
  static let k = 20
  static let depth = 200
  /// Of so many items the writer touches one.
  static let touchedEvery: UInt64 = 4

  let count: Int
  let schema: CollectionSchema
  let queries: [[Float]]

  init(count: Int) throws {
    self.count = count
    let attributes = [
      AttributeDefinition(name: "revision", type: .int), AttributeDefinition(name: "touched", type: .bool),
    ]
    guard let schema = CollectionSchema(embeddingDimension: Self.dimension, rerankDimension: 0, attributes: attributes)
    else { throw WrongResult(description: "no schema") }
    self.schema = schema
    var random = SeededRandom(seed: 5)
    queries = (0..<Self.queryCount).map { _ in random.floats(Self.dimension) }
  }

  static func isTouched(_ id: UInt64) -> Bool { id % touchedEvery == 0 }

  /// The vector of an item in one of its revisions.
  static func embedding(_ id: UInt64, revision: Int64) -> [Float] {
    var random = SeededRandom(seed: id &* SplitMix64.step &+ UInt64(bitPattern: revision))
    return random.floats(dimension)
  }

  static func item(_ id: UInt64, revision: Int64) -> Item {
    Item(
      id: ItemID(id), embedding: embedding(id, revision: revision), rerank: [],
      attributes: [.int(revision), .bool(isTouched(id))])
  }

  /// Every other query asks only for items that nobody touches.
  func isChecked(_ number: Int) -> Bool { number % 2 == 0 }

  func query(_ number: Int) -> RankQuery {
    var query = RankQuery(collection: "shop", k: Self.k, depth: Self.depth)
    query.vector = queries[number % Self.queryCount]
    query.filter = isChecked(number) ? "touched = false" : ""
    query.attributes = .named(["revision"])
    query.timeout = .seconds(5)
    return query
  }

  /// The ids of the best items that nobody touches, from every item, slowly.
  func answer(_ number: Int) -> [UInt64] {
    let query = queries[number % Self.queryCount]
    let scored = (1...UInt64(count)).filter { !Self.isTouched($0) }.map { id in
      (score: Exact.dot(query, Self.embedding(id, revision: 0)), id: id)
    }
    return scored.sorted { $0.score != $1.score ? $0.score > $1.score : $0.id < $1.id }.prefix(Self.k).map(\.id)
  }

  /// Whether a result is what its id and revision say.
  func isRight(_ result: RankAnswer.Result, _ number: Int) -> Bool {
    guard case .int(let revision) = result.attributes.first?.value else { return false }
    let vector = Self.embedding(result.item.rawValue, revision: revision)
    let touched = revision == 0 || Self.isTouched(result.item.rawValue)
    return touched && Exact.dot(queries[number % Self.queryCount], vector) == result.retrievalScore
  }
}
