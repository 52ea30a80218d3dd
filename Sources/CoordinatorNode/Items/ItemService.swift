import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// Answers GET, UPSERT, UPDATE and DELETE.
struct ItemService: Sendable {
  /// One shard's answer to its share of a GET.
  struct Share: Sendable {
    let shard: ShardID
    let ids: [UInt64]
    let result: Result<GetResponse, CallError>
    /// Whether an id that is not in the answer certainly does not exist.
    let isComplete: Bool
  }

  let fleet: ShardFleet
  let written: SeriesTable<Written, Counter>

  var registry: CollectionRegistry { fleet.registry }

  /// Answers GET.
  func get(_ request: GetRequest, _ inbound: InboundRequest) async throws(WireError) -> GetResponse {
    try await registry.publication.holding(request.collection, request.generation) {
      (serving) async throws(WireError) in try await get(request, inbound.deadline, serving)
    }
  }

  private func get(
    _ request: GetRequest, _ deadline: Instant, _ serving: Serving
  ) async throws(WireError) -> GetResponse {
    let collection = try serving.collection(request.collection, request.generation)
    let schema = collection.schema
    let definitions = try collection.definitions(request.attributes, at: request.attributesPlace)
    var asked = request
    asked.generation = collection.generation
    asked.ids = Set(request.ids).sorted()
    let shares = await fetch(asked, serving, by: fleet.gatherEnd(deadline))
    if shares.allSatisfy({ (try? $0.result.get()) == nil }) { throw Self.failure(of: shares) }

    var rows: [(id: UInt64, version: UInt64, response: GetResponse, row: Int)] = []
    var unavailable = 0
    for share in shares {
      guard case .success(let response) = share.result else {
        unavailable += share.ids.count
        continue
      }
      for (row, id) in response.ids.enumerated() { rows.append((id, response.versions[row], response, row)) }
      if !share.isComplete { unavailable += share.ids.count - response.ids.count }
    }
    rows.sort { $0.id < $1.id }
    let d = request.wantsEmbeddings ? schema.embeddingDimension : 0
    let r = request.wantsRerank ? schema.rerankDimension : 0
    var response = GetResponse(
      generation: collection.generation, embeddingDimension: d, rerankDimension: r,
      unavailable: UInt32(clamping: unavailable), ids: rows.map(\.id), versions: rows.map(\.version),
      attributes: AttributeTable(
        rows: rows.map { row in
          definitions.indices.map { row.response.attributes.value(row: row.row, column: $0) }
        }, definitions: definitions), embeddings: [], rerank: [])
    for row in rows {
      response.embeddings += row.response.embeddings[row.row * d..<(row.row + 1) * d]
      response.rerank += row.response.rerank[row.row * r..<(row.row + 1) * r]
    }
    return response
  }

  /// Asks the owners of a request's ids, each for its own.
  ///
  /// - Precondition: the ids differ, and the collection serves.
  func fetch(_ request: GetRequest, _ serving: Serving, by deadline: Instant) async -> [Share] {
    guard let collection = try? serving.collection(request.collection, request.generation) else { return [] }
    let owners = fleet.owners(of: request.ids, in: serving)
    let ids = Dictionary(
      uniqueKeysWithValues: owners.map { ($0.peer.id, $0.positions.map { request.ids[$0] }) })
    return await fleet.withEach(owners.map(\.peer)) { peer in
      var share = request
      share.ids = ids[peer.id] ?? []
      do throws(CallError) {
        let answer = try await fleet.ask(peer, share, epoch: serving.map.epoch, by: deadline)
        guard Self.fits(answer.reply, share, collection) else {
          throw .invalid(WireError(.malformedBody, message: "the shard's answer is not what it was asked for"))
        }
        return Share(
          shard: peer.id, ids: share.ids, result: .success(answer.reply),
          isComplete: collection.isComplete(peer.id, incarnation: answer.incarnation))
      } catch {
        return Share(shard: peer.id, ids: share.ids, result: .failure(error), isComplete: false)
      }
    }
  }

  /// Whether a reply brings what was asked for, and no more.
  private static func fits(_ reply: GetResponse, _ request: GetRequest, _ collection: ServingCollection) -> Bool {
    guard let definitions = try? collection.definitions(request.attributes, at: request.attributesPlace) else {
      return false
    }
    return reply.embeddingDimension == (request.wantsEmbeddings ? collection.schema.embeddingDimension : 0)
      && reply.rerankDimension == (request.wantsRerank ? collection.schema.rerankDimension : 0)
      && reply.attributes.columns.elementsEqual(definitions) { $0.name == $1.name && $0.type == $1.type }
      && Set(reply.ids).count == reply.ids.count && Set(reply.ids).isSubset(of: request.ids)
  }

  /// Nothing could be read: the shards' own answer if all refused, else NO_REPLICA.
  private static func failure(of shares: [Share]) -> WireError {
    for case .failure(.refused(let error)) in shares.map(\.result) where !error.errorClass.contains(.retriable) {
      return error
    }
    if shares.contains(where: { if case .failure(.deadlineExceeded) = $0.result { true } else { false } }) {
      return WireError(.deadlineExceeded, message: "no shard that owns one of the ids answered in time")
    }
    return WireError(.noReplica, retryAfterMilliseconds: 100, message: "no shard that owns one of the ids can be asked")
  }
}
