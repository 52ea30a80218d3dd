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
    let (serving, collection) = try target(request.collection, request.generation)
    let schema = collection.schema
    guard request.embeddingDimension == schema.embeddingDimension else {
      throw .dimension(of: "embeddings", schema.embeddingDimension, at: 24)
    }
    guard request.rerankDimension == schema.rerankDimension else {
      throw .dimension(of: "rerank vectors", schema.rerankDimension, at: 26)
    }
    try check(request.attributes, of: collection)
    return try await write(request.ids, serving, inbound) { positions in
      var part = request
      part.generation = collection.generation
      if positions.count < request.ids.count { part.keep(positions) }
      return part
    }
  }

  /// Answers UPDATE likewise.
  func update(_ request: UpdateRequest, _ inbound: InboundRequest) async throws(WireError) -> WriteResponse {
    let (serving, collection) = try target(request.collection, request.generation)
    try check(request.attributes, of: collection)
    return try await write(request.ids, serving, inbound) { positions in
      var part = request
      part.generation = collection.generation
      if positions.count < request.ids.count { part.keep(positions) }
      return part
    }
  }

  /// The collection that a write is for, within what serves now.
  private func target(
    _ name: String, _ generation: Generation
  ) throws(WireError) -> (Serving, ServingCollection) {
    let serving = registry.serving
    let collection = try serving.collection(toChange: name, generation)
    registry.touch(collection)
    return (serving, collection)
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

  /// Answers DELETE likewise.
  func delete(_ request: DeleteRequest, _ inbound: InboundRequest) async throws(WireError) -> WriteResponse {
    let (serving, collection) = try target(request.collection, request.generation)
    return try await write(request.ids, serving, inbound) { positions in
      var part = request
      part.generation = collection.generation
      part.ids = positions.map { request.ids[$0] }
      part.expectedVersions = positions.map { request.expectedVersions[$0] }
      return part
    }
  }

  private func write<Request: RequestMessage>(
    _ ids: [UInt64], _ serving: Serving, _ inbound: InboundRequest, part: @escaping @Sendable ([Int]) -> Request
  ) async throws(WireError) -> WriteResponse where Request.Reply == WriteResponse {
    let end = fleet.gatherEnd(inbound.deadline)
    var serving = serving
    var positions = Array(ids.indices)
    var parts: [WriteMerge.Part] = []
    while true {
      let epoch = serving.map.epoch
      var pause: UInt64?
      positions = await send(positions, of: ids, serving, inbound, by: end, part: part).flatMap { sent -> [Int] in
        guard let wait = Self.pause(before: sent, epoch) else {
          parts.append(sent)
          return []
        }
        guard fleet.surroundings.later(wait) < end else {
          parts.append(sent)
          return []
        }
        pause = max(pause ?? 0, wait)
        return sent.positions
      }
      // A share that is the whole request goes out as the request stands: its answers are in that order.
      positions.sort()
      guard let pause else { break }
      // Its slots are on the way to another shard: once they are there, the write is.
      await fleet.surroundings.sleep(pause)
      serving = registry.serving
    }
    let response = try WriteMerge(itemCount: ids.count, parts: parts).response()
    count(Request.opcode, response.statuses)
    return response
  }

  /// Gives each owner its share of some items.
  private func send<Request: RequestMessage>(
    _ positions: [Int], of ids: [UInt64], _ serving: Serving, _ inbound: InboundRequest, by end: Instant,
    part: @escaping @Sendable ([Int]) -> Request
  ) async -> [WriteMerge.Part] where Request.Reply == WriteResponse {
    let owners = fleet.owners(of: positions.map { ids[$0] }, in: serving)
    let shares = Dictionary(
      uniqueKeysWithValues: owners.map { ($0.peer.id, $0.positions.map { positions[$0] }) })
    let epoch = serving.map.epoch
    return await fleet.withEach(owners.map(\.peer)) { peer -> WriteMerge.Part in
      let share = shares[peer.id] ?? []
      do throws(CallError) {
        let answer = try await fleet.ask(peer, part(share), epoch: epoch, by: end, isRetry: inbound.isRetry)
        guard answer.reply.statuses.count == share.count else {
          throw .invalid(WireError(.malformedBody, message: "the shard answered for another number of items"))
        }
        return (share, .success(answer.reply))
      } catch {
        return (share, .failure(error))
      }
    }
  }

  /// Counts what became of written items.
  private func count(_ opcode: Opcode, _ statuses: [WriteResponse.Status]) {
    var counts: [WriteResponse.Status: UInt64] = [:]
    for status in statuses { counts[status, default: 0] += 1 }
    for (status, amount) in counts { written[Written(opcode: opcode, status: status)].add(amount) }
  }

  /// How long to wait before a share is sent again, in microseconds, because its slots are just leaving its shard or
  /// have left it; `nil`: its answer counts.
  private static func pause(before sent: WriteMerge.Part, _ epoch: Epoch) -> UInt64? {
    guard case .failure(.refused(let refusal)) = sent.result, refusal.errorClass.contains(.notExecuted) else {
      return nil
    }
    switch refusal.code {
    case .slotFrozen: return 5000
    case .staleEpoch, .notOwner: return refusal.epoch > epoch.rawValue ? 1000 : nil
    default: return nil
    }
  }
}

extension UpsertRequest {
  /// Keeps the items at some positions, in that order.
  fileprivate mutating func keep(_ positions: [Int]) {
    let (d, r) = (embeddingDimension, rerankDimension)
    attributes = attributes.keeping(positions)
    embeddings = positions.flatMap { embeddings[$0 * d..<($0 + 1) * d] }
    rerank = positions.flatMap { rerank[$0 * r..<($0 + 1) * r] }
    ids = positions.map { ids[$0] }
    expectedVersions = positions.map { expectedVersions[$0] }
  }
}

extension UpdateRequest {
  /// Keeps the items at some positions, in that order.
  fileprivate mutating func keep(_ positions: [Int]) {
    removals = removals.map { AttributeTable.bits($0, keeping: positions) }
    attributes = attributes.keeping(positions)
    ids = positions.map { ids[$0] }
    expectedVersions = positions.map { expectedVersions[$0] }
  }
}
