import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// Gives a staged generation, before it serves, what writes have changed meanwhile of the one that serves: they are newer
/// than what the push has sent. Vectors stay those of the push, which belong to its model.
struct Succession: Sendable {
  let items: ItemService
  let key: InstanceKey
  /// As its own writer of the staged generation.
  private let writer: UInt64
  private let deadline: Instant

  private var registry: CollectionRegistry { items.registry }
  private var surroundings: Coordinator.Surroundings { items.fleet.surroundings }
  private var changes: StagedChanges { registry.changes }

  /// Items that are read and written at once.
  private static let batch = 1000

  init(_ items: ItemService, to key: InstanceKey, by deadline: Instant) {
    (self.items, self.key, self.deadline) = (items, key, deadline)
    writer = max(items.fleet.surroundings.random.next(), 1)
  }

  /// Takes the changes over, then switches while writes wait.
  func run(_ switchOver: () async throws(WireError) -> Void) async throws(WireError) {
    var op: UInt64 = 0
    // Most of it while writes go on, then the rest.
    try await takeOver(&op)
    changes.hold(key.name, true)
    defer { changes.hold(key.name, false) }
    while !changes.isQuiet(key.name) {
      guard surroundings.clock.now() < deadline else {
        throw WireError(.expiredInQueue, message: "a write of the collection did not end in time")
      }
      await surroundings.sleep(1000, until: deadline)
    }
    try await takeOver(&op)
    try await switchOver()
    changes.forget(key.name)
  }

  private func takeOver(_ op: inout UInt64) async throws(WireError) {
    let taken = changes.take(key.name)
    do throws(WireError) {
      let ids = taken.keys.sorted()
      for start in stride(from: 0, to: ids.count, by: Self.batch) {
        try await takeOver(ids[start..<min(start + Self.batch, ids.count)], of: taken, &op)
      }
    } catch {
      changes.put(key.name, taken)
      throw error
    }
  }

  private func takeOver(
    _ ids: ArraySlice<UInt64>, of changed: [UInt64: StagedChanges.Change], _ op: inout UInt64
  ) async throws(WireError) {
    let serving = registry.serving
    let old = try serving.collection(key.name, Generation(0))
    let new = try serving.collection(key.name, key.generation)
    var get = GetRequest(collection: key.name, ids: Array(ids))
    get.generation = old.generation
    get.attributes = .all
    let isWhole = ids.contains { changed[$0]?.isWhole == true }
    (get.wantsEmbeddings, get.wantsRerank) = (isWhole, isWhole)
    let found = try await items.get(get, inbound(.get))
    guard found.unavailable == 0 else {
      throw WireError(
        .noReplica, retryAfterMilliseconds: 200, message: "a shard that has changed items cannot be asked")
    }
    // Items of which the same attributes have changed, together.
    var groups: [UInt64: [Int]] = [:]
    for (row, id) in found.ids.enumerated() { groups[changed[id]?.columns ?? 0, default: []].append(row) }
    for (bits, rows) in groups.sorted(by: { $0.key < $1.key }) {
      let columns = old.schema.attributes.indices.filter { column in
        bits >> UInt64(column) & 1 == 1 && Self.has(new.schema, old.schema.attributes[column])
      }
      let absent = try await update(found, rows, columns, of: old, &op)
      let lost = absent.filter { changed[found.ids[$0]]?.isWhole == true }
      try await insert(found, lost, old, new, &op)
    }
    let left = Set(found.ids)
    let gone = ids.filter { !left.contains($0) && changed[$0]?.isDeleted == true }
    guard !gone.isEmpty else { return }
    op += 1
    let delete = DeleteRequest(
      collection: key.name, generation: key.generation, writer: writer, op: op, ids: gone,
      expectedVersions: gone.map { _ in 0 })
    try Self.check(try await items.delete(delete, inbound(.delete)))
  }

  private static func has(_ schema: CollectionSchema, _ attribute: AttributeDefinition) -> Bool {
    schema.attributeIndex(named: attribute.name).map { schema.attributes[$0].type == attribute.type } ?? false
  }

  /// - Returns: the rows whose items the staged generation does not have.
  private func update(
    _ found: GetResponse, _ rows: [Int], _ columns: [Int], of old: ServingCollection, _ op: inout UInt64
  ) async throws(WireError) -> [Int] {
    op += 1
    let values = rows.map { row in columns.map { found.attributes.value(row: row, column: $0) } }
    let request = UpdateRequest(
      collection: key.name, generation: key.generation, writer: writer, op: op, ids: rows.map { found.ids[$0] },
      expectedVersions: rows.map { _ in 0 },
      attributes: AttributeTable(rows: values, definitions: columns.map { old.schema.attributes[$0] }),
      removals: columns.indices.map { column in AttributeTable.bits(values.map { $0[column] == nil }) })
    let response = try await items.update(request, inbound(.update))
    try Self.check(response)
    return zip(rows, response.statuses).filter { $1 == .absent }.map(\.0)
  }

  /// Gives the staged generation items that it was not sent, if their vectors fit.
  private func insert(
    _ found: GetResponse, _ rows: [Int], _ old: ServingCollection, _ new: ServingCollection, _ op: inout UInt64
  ) async throws(WireError) {
    guard !rows.isEmpty else { return }
    let (d, r) = (found.embeddingDimension, found.rerankDimension)
    guard d == new.schema.embeddingDimension, r == new.schema.rerankDimension else {
      surroundings.log?(
        .warning, "new items do not fit the generation that is to serve: push them again",
        ["collection": LogValue(key.name), "items": LogValue(rows.count)])
      return
    }
    let columns = old.schema.attributes.indices.filter { Self.has(new.schema, old.schema.attributes[$0]) }
    op += 1
    let request = UpsertRequest(
      collection: key.name, generation: key.generation, writer: writer, op: op, embeddingDimension: d,
      rerankDimension: r, ids: rows.map { found.ids[$0] }, expectedVersions: rows.map { _ in 0 },
      attributes: AttributeTable(
        rows: rows.map { row in columns.map { found.attributes.value(row: row, column: $0) } },
        definitions: columns.map { old.schema.attributes[$0] }),
      embeddings: rows.flatMap { found.embeddings[$0 * d..<($0 + 1) * d] },
      rerank: rows.flatMap { found.rerank[$0 * r..<($0 + 1) * r] })
    try Self.check(try await items.upsert(request, inbound(.upsert)))
  }

  private static func check(_ response: WriteResponse) throws(WireError) {
    let isDone = response.statuses.allSatisfy { ![.notExecuted, .unknown, .conflict].contains($0) }
    guard !isDone else { return }
    throw WireError(
      .noReplica, retryAfterMilliseconds: 200, message: "what has changed meanwhile could not be taken over")
  }

  private func inbound(_ opcode: Opcode) -> InboundRequest {
    InboundRequest(opcode: opcode, body: [], arrival: surroundings.clock.now(), deadline: deadline)
  }
}
