import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

extension ItemService {
  /// Items of a write, by what became of them.
  struct Written: Hashable, Sendable {
    let opcode: Opcode
    let status: WriteResponse.Status

    static func table(_ metrics: MetricRegistry) -> SeriesTable<Written, Counter> {
      SeriesTable { key in
        metrics.counter(
          "winnow_written_items_total", help: "Items of writes, by what became of them.",
          labels: [("request", key.opcode.name), ("status", "\(key.status)")])
      }
    }
  }

  /// Answers UPSERT: checks the whole, then gives each owner its items with the same writer and op.
  func upsert(_ request: UpsertRequest, _ inbound: InboundRequest) async throws(WireError) -> WriteResponse {
    try await write(request, inbound) { (collection) throws(WireError) in
      let schema = collection.schema
      guard request.embeddingDimension == schema.embeddingDimension else {
        throw .dimension(of: "embeddings", schema.embeddingDimension, at: 24)
      }
      guard request.rerankDimension == schema.rerankDimension else {
        throw .dimension(of: "rerank vectors", schema.rerankDimension, at: 26)
      }
      try check(request.attributes, of: collection)
    }
  }

  /// Answers UPDATE likewise.
  func update(_ request: UpdateRequest, _ inbound: InboundRequest) async throws(WireError) -> WriteResponse {
    try await write(request, inbound) { (collection) throws(WireError) in
      try check(request.attributes, of: collection)
    }
  }

  /// Answers DELETE likewise.
  func delete(_ request: DeleteRequest, _ inbound: InboundRequest) async throws(WireError) -> WriteResponse {
    try await write(request, inbound) { _ in }
  }

  /// Refuses columns that the collection does not have, or has with another type.
  private func check(_ table: AttributeTable, of collection: ServingCollection) throws(WireError) {
    for (index, column) in table.columns.enumerated() {
      let definition = collection.schema.attributeIndex(named: column.name).map { collection.schema.attributes[$0] }
      guard definition?.type == column.type else {
        throw .unknownColumn(index, of: table, isThere: definition != nil)
      }
    }
  }

  private func write<Request: ItemWrite>(
    _ request: Request, _ inbound: InboundRequest, check: (ServingCollection) throws(WireError) -> Void
  ) async throws(WireError) -> WriteResponse {
    let end = fleet.gatherEnd(inbound.deadline)
    guard request.generation.rawValue == 0 else { return try await write(request, inbound, by: end, check) }
    let name = request.collection
    _ = try registry.serving.collection(name, request.generation)
    while !registry.changes.begin(name) {
      guard fleet.surroundings.clock.now() < end else {
        throw WireError(.expiredInQueue, retryAfterMilliseconds: 100, message: "another generation begins to serve")
      }
      await fleet.surroundings.sleep(2000, until: end)
    }
    defer { registry.changes.end(name) }
    // While a generation is staged the chair takes all writes, and gives it what they change.
    if let council = fleet.surroundings.council, !council.isChair, registry.serving.collections[name]?.staged != nil {
      throw .onlyTheChair
    }
    if registry.changes.isFull(name) { throw registry.stageConflict(name) }
    let response = try await write(request, inbound, by: end, check)
    for generation in registry.serving.otherArms(name) {
      try await mirror(request, response, to: generation, inbound, by: end)
    }
    // Looked at here, before the write counts as ended: no generation has begun to serve meanwhile.
    if let collection = registry.serving.collections[name], collection.staged != nil {
      let ids = zip(request.ids, response.statuses).filter { request.mayHaveChanged($1) }.map(\.0)
      registry.changes.note(name, ids, request.change(of: collection.schema))
    }
    return response
  }

  /// Changes the same items of an arm's generation, which has vectors of its own. As an op of the same writer, so that a
  /// resend does it once.
  private func mirror<Request: ItemWrite>(
    _ request: Request, _ response: WriteResponse, to generation: Generation, _ inbound: InboundRequest, by end: Instant
  ) async throws(WireError) {
    let changed = response.statuses.indices.filter { request.mayHaveChanged(response.statuses[$0]) }
    guard !changed.isEmpty else { return }
    var copy = request.withoutVectors
    copy.keep(changed)
    copy.generation = generation
    copy.expectedVersions = changed.map { _ in 0 }
    let statuses = try await write(copy, inbound, by: end) { _ in }.statuses
    guard !statuses.contains(where: { [.notExecuted, .unknown].contains($0) }) else {
      throw WireError(
        .noReplica, retryAfterMilliseconds: 200,
        message: "generation \(generation.rawValue), an arm, could not be changed: send it again")
    }
  }

  private func write<Request: ItemWrite>(
    _ request: Request, _ inbound: InboundRequest, by end: Instant,
    _ check: (ServingCollection) throws(WireError) -> Void
  ) async throws(WireError) -> WriteResponse {
    let serving = registry.serving
    let collection = try serving.collection(request.collection, request.generation)
    registry.touch(collection)
    try check(collection)
    var request = request
    request.generation = collection.generation
    let parts = await ShareDelivery(fleet: fleet).give(
      request.ids, serving, by: end, isRetry: inbound.isRetry, fits: { $0.statuses.count == $1 }
    ) { [request] share -> Request in
      guard share.count < request.ids.count else { return request }
      var part = request
      part.keep(share)
      return part
    }
    let response = try WriteMerge(itemCount: request.ids.count, parts: parts).response()
    count(Request.opcode, response.statuses)
    return response
  }

  /// Counts what became of written items.
  private func count(_ opcode: Opcode, _ statuses: [WriteResponse.Status]) {
    var counts: [WriteResponse.Status: UInt64] = [:]
    for status in statuses { counts[status, default: 0] += 1 }
    for (status, amount) in counts { written[Written(opcode: opcode, status: status)].add(amount) }
  }
}

/// A write of items, which can be cut into the shares of their owners.
private protocol ItemWrite: WriteMessage {
  associatedtype Change: ItemWrite
  var collection: String { get }
  var generation: Generation { get set }
  var ids: [UInt64] { get }
  var expectedVersions: [UInt64] { get set }
  /// What it changes of items that have vectors of another model.
  var withoutVectors: Change { get }
  /// Keeps the items at some positions, in that order.
  mutating func keep(_ positions: [Int])
  /// What it changes of an item.
  func change(of schema: CollectionSchema) -> StagedChanges.Change
}

extension ItemWrite {
  /// Whether an item may be another one since a write was answered so. What a deletion did not find is not to come again
  /// with another generation.
  fileprivate func mayHaveChanged(_ status: WriteResponse.Status) -> Bool {
    ![.notExecuted, .conflict].contains(status) && (status != .absent || Self.opcode == .delete)
  }
}

extension UpsertRequest: ItemWrite {
  fileprivate var withoutVectors: UpdateRequest {
    UpdateRequest(
      collection: collection, writer: writer, op: op, ids: ids, expectedVersions: expectedVersions,
      attributes: attributes,
      removals: attributes.columns.indices.map { column in
        AttributeTable.bits(ids.indices.map { attributes.value(row: $0, column: column) == nil })
      })
  }

  fileprivate func change(of schema: CollectionSchema) -> StagedChanges.Change {
    .init(columns: .max, isWhole: true)
  }

  fileprivate mutating func keep(_ positions: [Int]) {
    let (d, r) = (embeddingDimension, rerankDimension)
    attributes = attributes.keeping(positions)
    embeddings = positions.flatMap { embeddings[$0 * d..<($0 + 1) * d] }
    rerank = positions.flatMap { rerank[$0 * r..<($0 + 1) * r] }
    ids = positions.map { ids[$0] }
    expectedVersions = positions.map { expectedVersions[$0] }
  }
}

extension UpdateRequest: ItemWrite {
  fileprivate var withoutVectors: UpdateRequest { self }

  fileprivate func change(of schema: CollectionSchema) -> StagedChanges.Change {
    let indexes = attributes.columns.compactMap { schema.attributeIndex(named: $0.name) }
    return .init(columns: indexes.reduce(0) { $0 | 1 << UInt64($1) })
  }

  fileprivate mutating func keep(_ positions: [Int]) {
    removals = removals.map { AttributeTable.bits($0, keeping: positions) }
    attributes = attributes.keeping(positions)
    ids = positions.map { ids[$0] }
    expectedVersions = positions.map { expectedVersions[$0] }
  }
}

extension DeleteRequest: ItemWrite {
  fileprivate var withoutVectors: DeleteRequest { self }

  fileprivate func change(of schema: CollectionSchema) -> StagedChanges.Change { .init(isDeleted: true) }

  fileprivate mutating func keep(_ positions: [Int]) {
    ids = positions.map { ids[$0] }
    expectedVersions = positions.map { expectedVersions[$0] }
  }
}
