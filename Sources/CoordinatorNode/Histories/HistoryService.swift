import Placement
import Ranking
import Transport
import Vocabulary
import Wire

/// Answers HISTORY, and gives queries the history of their shopper.
struct HistoryService: Sendable {
  let fleet: ShardFleet

  private var registry: CollectionRegistry { fleet.registry }

  /// How often a shard is asked whether its files are written again.
  private static let pollMicroseconds: UInt64 = 20_000

  /// Takes a step.
  func step(_ request: HistoryRequest, _ inbound: InboundRequest) async throws(WireError) -> HistoryResponse {
    let serving = registry.serving
    let collection = try serving.collection(request.collection, Generation(0))
    let end = fleet.gatherEnd(inbound.deadline)
    switch request.step {
    case .get:
      var response = HistoryResponse()
      response.settings = collection.histories
      response.isInModel = collection.model?.model.users[UserID(request.user)] != nil
      response.histories = [try await history(of: UserID(request.user), collection, by: end)].compactMap { $0 }
      return response
    case .list: return try await list(request, collection, by: end)
    case .forget: return try await forget(request, collection, by: end)
    case .settings:
      let settings = try await registry.update { (catalogue) throws(WireError) in
        guard let old = catalogue.collections[request.collection]?.histories else {
          throw WireError(.unknownCollection)
        }
        let new = request.settings.filled(from: old)
        catalogue.collections[request.collection]?.histories = new
        return new
      }
      var response = HistoryResponse()
      response.settings = settings
      return response
    }
  }

  /// What is kept of a shopper at this moment; `nil`: nothing.
  ///
  /// - Throws: NO_REPLICA if the shard of the shopper cannot be asked; DEADLINE_EXCEEDED.
  func history(
    of user: UserID, _ collection: ServingCollection, by end: Instant
  ) async throws(WireError) -> StoredHistory? {
    let request = ready(HistoryRequest(.get, collection: collection.name, user: user.rawValue), collection)
    return try await asked(request, user.rawValue, by: end).histories.first
  }

  private func list(
    _ request: HistoryRequest, _ collection: ServingCollection, by end: Instant
  ) async throws(WireError) -> HistoryResponse {
    let serving = registry.serving
    let peer = serving.peers[serving.map.ownerIndex(of: request.slot)]
    do throws(CallError) {
      return try await fleet.ask(peer, ready(request, collection), epoch: serving.map.epoch, by: end).reply
    } catch { throw WriteMerge.refusal([error]) }
  }

  /// A request as shards take it.
  private func ready(_ request: HistoryRequest, _ collection: ServingCollection) -> HistoryRequest {
    var request = request
    request.now = fleet.surroundings.wallTime
    request.settings = collection.histories
    return request
  }

  /// Asks the shard that owns a shopper, the next owner while the slot moves.
  private func asked(_ request: HistoryRequest, _ user: UInt64, by end: Instant) async throws(WireError)
    -> HistoryResponse
  {
    let shares = await ShareDelivery(fleet: fleet).give(
      [user], registry.serving, by: end, isRetry: false, fits: { _, _ in true }, part: { _ in request })
    switch shares.first?.result {
    case .success(let response): return response
    case .failure(.deadlineExceeded):
      throw WireError(.deadlineExceeded, message: "the shard of the shopper did not answer in time")
    case .failure(let error): throw WriteMerge.refusal([error])
    case nil: throw WriteMerge.refusal([])
    }
  }

  // MARK: Forgetting

  /// Forgets a shopper on every shard: the owner has the history, and others may have a copy on its way, or from before a
  /// move. Each says when its files are without it.
  private func forget(
    _ request: HistoryRequest, _ collection: ServingCollection, by end: Instant
  ) async throws(WireError) -> HistoryResponse {
    let request = ready(request, collection)
    // On the coordinator's disk first: a shard that loses its directory from now on is told when it gets a snapshot back.
    try await registry.update { $0.forgotten.note(request.user, of: collection.name, at: request.now) }
    // Then the owner: what it forgets goes to no other shard any more.
    let first = try await asked(request, request.user, by: end)
    let owner = first.receipts.first
    let serving = registry.serving
    let answers = await fleet.withEach(serving.peers) { peer in
      await self.receipt(
        of: peer, request, serving.map.epoch, owner?.shard == peer.id ? owner : nil, by: end)
    }
    var response = HistoryResponse()
    response.settings = collection.histories
    response.isInModel = collection.model?.model.users[UserID(request.user)] != nil
    response.receipts = answers
    return response
  }

  /// Tells a shard to forget until its files are without the shopper, or the time is up.
  ///
  /// - Parameter first: What it has said already.
  private func receipt(
    of peer: Peer, _ request: HistoryRequest, _ epoch: Epoch, _ first: HistoryResponse.Receipt?, by end: Instant
  ) async -> HistoryResponse.Receipt {
    var receipt = first ?? HistoryResponse.Receipt()
    (receipt.shard, receipt.time) = (peer.id, request.now)
    if first == nil { receipt.state = .notReached }
    var request = request
    request.isContinued = first != nil
    while !request.isContinued || receipt.state != .done {
      if request.isContinued {
        guard fleet.surroundings.later(Self.pollMicroseconds) < end else { break }
        await fleet.surroundings.sleep(Self.pollMicroseconds)
      }
      guard let answer = try? await fleet.ask(peer, request, epoch: epoch, by: end).reply.receipts.first else { break }
      request.isContinued = true
      receipt.state = answer.state
      receipt.position = answer.position
      receipt.histories = max(receipt.histories, answer.histories)
      receipt.events = max(receipt.events, answer.events)
    }
    return receipt
  }
}
