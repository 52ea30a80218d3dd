import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

extension Coordinator {
  /// Answers UPSERT: checks the whole, then gives each owner its items with the same writer and op.
  func upsert(_ request: UpsertRequest, _ inbound: InboundRequest) async throws(WireError) -> WriteResponse {
    let serving = serving.withLock { $0 }
    let collection = try serving.collection(toChange: request.collection, request.generation)
    if collection.generation == collection.staged { touch(collection.key) }
    let schema = collection.schema
    guard request.embeddingDimension == schema.embeddingDimension else {
      throw WireError(.dimensionMismatch, fieldOffset: 24)
    }
    guard request.rerankDimension == schema.rerankDimension else {
      throw WireError(.dimensionMismatch, fieldOffset: 26)
    }
    for column in request.attributes.columns {
      let definition = try collection.definition(column.name)
      guard definition.type == column.type else { throw WireError(.unknownAttribute) }
    }
    return try await write(request.ids, serving, inbound) { positions in
      var part = request
      part.generation = collection.generation
      if positions.count < request.ids.count { part.keep(positions) }
      return part
    }
  }

  /// Answers DELETE likewise.
  func delete(_ request: DeleteRequest, _ inbound: InboundRequest) async throws(WireError) -> WriteResponse {
    let serving = serving.withLock { $0 }
    let collection = try serving.collection(toChange: request.collection, request.generation)
    if collection.generation == collection.staged { touch(collection.key) }
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
    let owners = owners(of: ids, in: serving)
    let positions = Dictionary(uniqueKeysWithValues: owners.map { ($0.peer.shard.id, $0.positions) })
    let split = DeadlineSplit(now: surroundings.clock.now(), deadline: inbound.deadline, reranks: false)
    let results = await withEach(owners.map(\.peer)) { peer -> Result<WriteResponse, CallError> in
      let positions = positions[peer.shard.id] ?? []
      do throws(CallError) {
        let answer = try await self.ask(peer, part(positions), by: split.gatherEnd, isRetry: inbound.isRetry)
        guard answer.reply.statuses.count == positions.count else { throw .invalid(WireError(.malformedBody)) }
        return .success(answer.reply)
      } catch {
        return .failure(error)
      }
    }
    let response = try WriteMerge(itemCount: ids.count, parts: Array(zip(owners.map(\.positions), results))).response()
    metrics.wrote(inbound.opcode, response.statuses)
    return response
  }
}

extension UpsertRequest {
  /// Keeps the items at some positions, in that order.
  fileprivate mutating func keep(_ positions: [Int]) {
    let (d, r) = (embeddingDimension, rerankDimension)
    let table = attributes
    let definitions = table.columns.map { AttributeDefinition(name: $0.name, type: $0.type) }
    let rows = positions.map { row in table.columns.indices.map { table.value(row: row, column: $0) } }
    attributes = AttributeTable(rows: rows, definitions: definitions)
    embeddings = positions.flatMap { embeddings[$0 * d..<($0 + 1) * d] }
    rerank = positions.flatMap { rerank[$0 * r..<($0 + 1) * r] }
    ids = positions.map { ids[$0] }
    expectedVersions = positions.map { expectedVersions[$0] }
  }
}
