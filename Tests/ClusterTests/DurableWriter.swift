import Support
import Testing
import Transport
import Vocabulary
import Wire

/// A writer of ids of its own that knows what was acknowledged, whatever happens to the shard.
struct DurableWriter: Sendable {
  struct Stored: Equatable {
    let op: UInt64
    let version: UInt64
  }

  private struct Op {
    let number: UInt64
    let ids: [UInt64]
    let isDelete: Bool
  }

  let writer: UInt64
  private var lastOp: UInt64 = 0
  /// What was acknowledged.
  private(set) var items: [UInt64: Stored] = [:]
  /// Sent and not acknowledged: it is there as a whole or not at all.
  private var unclear: Op?
  private var random: SeededRandom
  /// Ops, and items of ops.
  private(set) var acknowledged = 0
  private(set) var acknowledgedItems = 0

  static let schema = CollectionSchema(
    embeddingDimension: 8, rerankDimension: 0, attributes: [.init(name: "price", type: .int)])
  private static let idCount: UInt64 = 200

  init(_ writer: UInt64, seed: UInt64) {
    self.writer = writer
    random = SeededRandom(seed: seed &* 31 &+ writer)
  }

  private var ids: [UInt64] { (0..<Self.idCount).map { writer * 1000 + $0 } }

  /// Sends op after op until one is not answered.
  mutating func write(to shard: Asker) async {
    while true {
      lastOp += 1
      let ids = Set((0..<1 + random.next() % 20).map { _ in writer * 1000 + random.next() % Self.idCount })
      unclear = Op(number: lastOp, ids: ids.sorted(), isDelete: random.next() % 4 == 0)
      guard await sendAgain(to: shard) else { return }
    }
  }

  /// Sends the op of which nothing is known, if there is one.
  ///
  /// - Returns: Whether it was acknowledged.
  mutating func sendAgain(to shard: Asker) async -> Bool {
    guard let op = unclear else { return true }
    let any = op.ids.map { _ in UInt64(0) }
    let response: WriteResponse?
    if op.isDelete {
      response = try? await shard.ask(
        DeleteRequest(
          collection: "shop", generation: Generation(1), writer: writer, op: op.number, ids: op.ids,
          expectedVersions: any), epoch: 1)
    } else {
      response = try? await shard.ask(
        UpsertRequest(
          collection: "shop", generation: Generation(1), writer: writer, op: op.number, embeddingDimension: 8,
          rerankDimension: 0, ids: op.ids, expectedVersions: any,
          attributes: AttributeTable(
            rows: op.ids.map { _ in [.int(Int64(op.number))] },
            definitions: [AttributeDefinition(name: "price", type: .int)]),
          embeddings: op.ids.flatMap { Self.embedding($0, op.number) }, rerank: []), epoch: 1)
    }
    guard let response, response.durability == .disk else { return false }
    for (id, version) in zip(op.ids, response.versions) {
      items[id] = op.isDelete ? nil : Stored(op: op.number, version: version)
    }
    unclear = nil
    acknowledged += 1
    acknowledgedItems += op.ids.count
    return true
  }

  private static func embedding(_ id: UInt64, _ op: UInt64) -> [Float] {
    [Float(id), Float(op), 1, 2, 3, 4, 5, -Float(id % 7)]
  }

  /// Compares what the shard holds with what was acknowledged.
  func verify(_ shard: Asker, _ comment: Comment) async throws {
    var get = GetRequest(collection: "shop", ids: ids)
    (get.generation, get.wantsEmbeddings, get.attributes) = (Generation(1), true, .all)
    let reply = try await shard.ask(get, epoch: 1)
    var found: [UInt64: Stored] = [:]
    for (row, id) in reply.ids.enumerated() {
      let values = Array(reply.embeddings[row * 8..<row * 8 + 8])
      let op = UInt64(values[1])
      try #require(values == Self.embedding(id, op), comment)
      try #require(reply.attributes.value(row: row, column: 0) == .int(Int64(op)), comment)
      found[id] = Stored(op: op, version: reply.versions[row])
    }
    var expected = items
    if let op = unclear {
      let isThere = op.ids.contains { op.isDelete ? items[$0] != nil && found[$0] == nil : found[$0]?.op == op.number }
      if isThere { for id in op.ids { expected[id] = op.isDelete ? nil : found[id] } }
      // A version that nobody was told is right when the op is answered again with it.
      if isThere, !op.isDelete { try #require(op.ids.allSatisfy { found[$0]?.op == op.number }, comment) }
    }
    try #require(found == expected, comment)
  }
}
