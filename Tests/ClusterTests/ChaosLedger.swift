import Support
import Testing
import Vocabulary
import WinnowClient

/// A client that writes, reads and asks while things go wrong, and knows what it may be told: every part of an item is a
/// function of its id and revision.
final class ChaosLedger {
  static let collection = "chaos"
  static let dimension = 8

  private var client: WinnowClient
  private let address: String
  private let schema: CollectionSchema
  private let ids: [UInt64]
  private var random: SeededRandom
  private var lastRevision = 0
  /// For each item the revisions that it may have; `nil`: it may be gone.
  private var possible: [UInt64: Set<Int?>] = [:]
  /// Writes that may have happened, and may still.
  private var doubts: [UInt64: Set<Int?>] = [:]
  /// How often a write was acknowledged, was refused for certain, or stayed in doubt.
  private(set) var counts = (settled: 0, refused: 0, doubtful: 0)
  /// Answers to queries that had seen all.
  private(set) var fullAnswers = 0

  init(_ cluster: ChaosCluster, itemCount: Int = 40, seed: UInt64) throws {
    address = cluster.front.address
    client = try Self.client(address)
    schema = try #require(
      CollectionSchema(
        embeddingDimension: Self.dimension, rerankDimension: 0,
        attributes: [AttributeDefinition(name: "revision", type: .int)]))
    var random = SeededRandom(seed: seed)
    ids = (0..<itemCount).map { _ in random.next() }
    self.random = random
    for id in ids { possible[id] = [nil] }
  }

  private static func client(_ address: String) throws -> WinnowClient {
    var options = ClientOptions()
    options.timeout = .seconds(2)
    options.writeTimeout = .seconds(2)
    return try WinnowClient(address: address, options: options)
  }

  /// Ends the client's connections.
  func close() async { await client.close() }

  /// Goes on with a new client.
  func reconnect() async throws {
    await client.close()
    client = try Self.client(address)
  }

  static func embedding(_ id: UInt64, _ revision: Int) -> [Float] {
    var random = SeededRandom(seed: id &+ UInt64(revision) &* 0x9E37_79B9)
    return random.floats(dimension)
  }

  /// Makes the collection and writes every item.
  func fill() async throws {
    for _ in 0..<3000 {
      if (try? await client.createCollection(Self.collection, schema: schema, timeout: .seconds(2))) != nil { break }
      try await Task.sleep(for: .milliseconds(20))
    }
    try await write(ids, timeout: .seconds(20))
    try #require(counts.settled == ids.count)
  }

  // MARK: Traffic

  /// Makes so many calls, one after another.
  func work(_ count: Int) async throws {
    for _ in 0..<count {
      switch random.next() % 5 {
      case 0, 1: try await write(some(3))
      case 2: try await remove(some(1))
      case 3: try await read(some(8))
      default: try await rank()
      }
    }
  }

  /// Some items.
  func some(_ most: Int) -> [UInt64] {
    var chosen: [UInt64] = []
    for _ in 0..<most {
      let id = ids[Int(random.next() % UInt64(ids.count))]
      if !chosen.contains(id) { chosen.append(id) }
    }
    return chosen
  }

  func write(_ ids: [UInt64], timeout: Duration? = nil) async throws {
    lastRevision += 1
    let revision = lastRevision
    let items = ids.map {
      Item(
        id: ItemID($0), embedding: Self.embedding($0, revision), rerank: [], attributes: [.int(Int64(revision))])
    }
    try await settle(ids, revision) { () async throws(WinnowError) in
      try await client.upsert(items, schema: schema, into: Self.collection, timeout: timeout)
    }
  }

  private func remove(_ ids: [UInt64]) async throws {
    try await settle(ids, nil) { () async throws(WinnowError) in
      try await client.delete(ids.map { ItemID($0) }, from: Self.collection)
    }
  }

  private func settle(
    _ ids: [UInt64], _ revision: Int?, _ write: () async throws(WinnowError) -> WriteOutcome
  ) async throws {
    do throws(WinnowError) {
      let outcome = try await write()
      for (id, status) in zip(ids, outcome.statuses) {
        switch status {
        case .notExecuted: counts.refused += 1
        case .unknown: doubt(id, revision)
        case .conflict: Issue.record("a write without a condition met a conflict")
        case .inserted, .replaced, .deleted, .absent:
          counts.settled += 1
          possible[id] = Set([revision]).union(doubts[id] ?? [])
        }
      }
    } catch {
      guard error.isIndefinite else { return counts.refused += ids.count }
      for id in ids { doubt(id, revision) }
    }
  }

  private func doubt(_ id: UInt64, _ revision: Int?) {
    counts.doubtful += 1
    doubts[id, default: []].insert(revision)
    possible[id, default: []].insert(revision)
  }

  // MARK: Checks

  @discardableResult
  func read(_ ids: [UInt64]) async throws -> Bool {
    guard let answer = try? await client.get(ids.map { ItemID($0) }, from: Self.collection, withEmbeddings: true) else {
      return false
    }
    var found: Set<UInt64> = []
    for entry in answer.items {
      #expect(found.insert(entry.id.rawValue).inserted)
      let revision = try check(entry.id.rawValue, entry.attributes)
      #expect(entry.embedding == Self.embedding(entry.id.rawValue, revision))
    }
    guard answer.unavailable == 0 else { return false }
    for id in ids where !found.contains(id) { #expect(possible[id]?.contains(nil) ?? false, "\(id) is gone") }
    return true
  }

  private func check(_ id: UInt64, _ attributes: [NamedAttribute]) throws -> Int {
    guard case .int(let value)? = attributes.first?.value else {
      throw ProgramProcess.Unexpected(description: "no value")
    }
    #expect(possible[id]?.contains(Int(value)) ?? false, "\(id) has \(value), not one of \(possible[id] ?? [])")
    return Int(value)
  }

  @discardableResult
  func rank() async throws -> Bool {
    var query = RankQuery(collection: Self.collection, k: 1 + Int(random.next() % 15))
    query.vector = random.floats(Self.dimension)
    query.attributes = .all
    guard let answer = try? await client.rank(query) else { return false }
    var seen: [UInt64] = []
    var last = Float.infinity
    for result in answer.results {
      let id = result.item.rawValue
      let revision = try check(id, result.attributes)
      #expect(result.retrievalScore == SlowSearch.dot(query.vector, Self.embedding(id, revision)))
      #expect(result.retrievalScore <= last && !seen.contains(id))
      last = result.retrievalScore
      seen.append(id)
    }
    guard answer.report.isComplete else { return false }
    fullAnswers += 1
    for id in ids {
      guard let only = possible[id], only.count == 1, let revision = only.first ?? nil, !seen.contains(id) else {
        continue
      }
      let score = SlowSearch.dot(query.vector, Self.embedding(id, revision))
      #expect(score <= last && seen.count == query.k, "a full answer misses \(id)")
    }
    return true
  }

  /// Everything that was acknowledged is there, in a cluster that is whole again.
  func verify() async throws {
    var isWhole = false
    for _ in 0..<600 where !isWhole {
      isWhole = try await rank()
      if isWhole { isWhole = try await read(ids) }
      if !isWhole { try await Task.sleep(for: .milliseconds(100)) }
    }
    #expect(isWhole, "the cluster does not come to itself")
  }
}
