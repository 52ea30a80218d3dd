import Placement
import Ranking
import Transport
import Vocabulary
import Wire

/// Answers SNAPSHOT.
struct SnapshotService: Sendable {
  let fleet: ShardFleet
  let tally: SnapshotTally

  private var registry: CollectionRegistry { fleet.registry }

  /// Answers SNAPSHOT.
  func step(_ request: SnapshotRequest, _ inbound: InboundRequest) async throws(WireError) -> SnapshotResponse {
    let end = fleet.gatherEnd(inbound.deadline)
    switch request.step {
    case .begin: return try await beginSnapshot(request.snapshot, by: end)
    case .read(let shard, _):
      let serving = registry.serving
      guard let peer = serving.peers.first(where: { $0.shard.id == shard }) else {
        throw WireError(.unknownUpload, fieldOffset: 2, message: "the shard map has no such shard")
      }
      let reply = try await asked(peer, request, serving.map.epoch, by: end).reply
      if reply.state == .complete { tally.read(request.snapshot, to: shard) }
      return reply
    case .end:
      await endSnapshot(request.snapshot, by: end)
      return SnapshotResponse(state: .notOpen)
    case .readModel(let key, let file, let offset):
      let serving = registry.serving
      let collection = try serving.collection(key.name, key.generation)
      guard let model = collection.model else {
        if let damage = registry.damage(collection) { throw WireError(.modelRefused, message: damage) }
        throw WireError(.unknownUpload, message: "this generation has no model")
      }
      let (bytes, total) = try registry.models.read(model.model.hash, file, at: offset)
      return SnapshotResponse(state: .notOpen, byteCount: total, data: bytes)
    case .write(let part):
      try await restore(part, by: end)
      return SnapshotResponse(state: .notOpen)
    }
  }

  // MARK: Out

  /// Lets every shard keep a copy of the generations that serve.
  private func beginSnapshot(_ id: UInt64, by end: Instant) async throws(WireError) -> SnapshotResponse {
    let serving = registry.serving
    let collections = serving.collections.values.sorted { $0.name < $1.name }
    let request = SnapshotRequest(snapshot: id, step: .begin(collections: collections.map(\.key)))
    let results = await fleet.tryEach(serving.peers) { (peer) async throws(WireError) in
      let answer = try await asked(peer, request, serving.map.epoch, by: end)
      // A shard that has lost items would make a snapshot that looks whole.
      guard collections.allSatisfy({ fleet.confirmations.isComplete($0, peer, incarnation: answer.incarnation) }) else {
        throw WireError(
          .noReplica, shard: UInt32(peer.id.rawValue), retryAfterMilliseconds: 200,
          message: "shard \(peer.id.rawValue) does not hold all of its items")
      }
      return answer.reply
    }
    var response = SnapshotResponse(
      state: .open, shards: serving.peers.map(\.shard.id),
      collections: collections.map { .init(key: $0.key, model: registry.modelID($0), schema: $0.schema) })
    for result in results {
      switch result {
      case .success(let reply):
        response.items += reply.items
        response.byteCount += reply.byteCount
      case .failure(let error):
        await endSnapshot(id, by: end)
        guard error.code == .overloaded else { throw error }
        var refusal = error
        refusal.message += registry.events.beginner([.snapshotBegin])
        throw refusal
      }
    }
    tally.begin(id, of: response.shards)
    return response
  }

  private func endSnapshot(_ id: UInt64, by end: Instant) async {
    let serving = registry.serving
    _ = await fleet.withEach(serving.peers) { peer in
      // One that does not hear it lets its copy go a minute later.
      _ = try? await asked(peer, SnapshotRequest(snapshot: id, step: .end), serving.map.epoch, by: end)
    }
  }

  // MARK: Back

  /// Gives each shard what it owns of a part, again if its slots are just moving: a repeat is harmless.
  ///
  /// Of the generation that serves, only shards that have lost items get some, and none in the place of a later write.
  private func restore(_ part: TransferPart, by end: Instant) async throws(WireError) {
    while true {
      let serving = registry.serving
      let collection = try serving.collection(part.key.name, part.key.generation)
      let serves = serving.collections[collection.name]?.generation == collection.generation
      guard serves || collection.generation == collection.staged else {
        throw WireError(.conflict, message: "only a staged generation is restored, and the one that serves")
      }
      registry.touch(collection.key)
      if part.histories != nil { try await registry.noteEvents(of: collection) }
      let shares = part.shares(serving.map)
      let forgotten = registry.catalogue.forgotten
      let failures = await fleet.withEach(serving.peers) { peer -> WireError? in
        guard var share = shares[peer.id] else { return nil }
        do throws(WireError) {
          if serves {
            guard let identity = fleet.identity(of: peer) else { throw .unasked(peer) }
            if collection.isComplete(peer.id, incarnation: identity.incarnation) { return nil }
            guard !fleet.confirmations.isOlder(peer) else { throw .older(peer) }
            share = try await lacking(share, peer, serving.map.epoch, by: end)
          }
          // A shard that has lost its directory does not know which shoppers it has to leave out.
          if let told = share.reminder(of: forgotten) {
            _ = try await asked(peer, SnapshotRequest(snapshot: 0, step: .write(told)), serving.map.epoch, by: end)
          }
          share.histories = share.histories.flatMap(forgotten.restorable)
          let request = SnapshotRequest(snapshot: 0, step: .write(share))
          _ = try await asked(peer, request, serving.map.epoch, by: end)
          return nil
        } catch { return error }
      }
      guard let failure = failures.compactMap({ $0 }).first else { return }
      let isMoving = failures.compactMap { $0 }.allSatisfy {
        $0.code == .slotFrozen || [.staleEpoch, .notOwner].contains($0.code) && $0.epoch > serving.map.epoch.rawValue
      }
      guard isMoving, fleet.surroundings.later(5000) < end else { throw failure }
      await fleet.surroundings.sleep(5000)
    }
  }

  /// What a shard does not have of its share: what it has was written after it had lost its items, however low its version.
  private func lacking(
    _ share: TransferPart, _ peer: Peer, _ epoch: Epoch, by end: Instant
  ) async throws(WireError) -> TransferPart {
    var present: Set<UInt64> = []
    for start in stride(from: 0, to: share.ids.count, by: Limits.getItemsMax) {
      let ids = share.ids[start..<min(start + Limits.getItemsMax, share.ids.count)]
      var request = GetRequest(collection: share.key.name, ids: ids.sorted())
      request.generation = share.key.generation
      present.formUnion(try await asked(peer, request, epoch, by: end).reply.ids)
    }
    var rest = present.isEmpty ? share : share.keeping(share.ids.indices.filter { !present.contains(share.ids[$0]) })
    (rest.slotVersions, rest.histories) = (share.slotVersions, share.histories)
    return rest
  }

  /// Asks a shard for something that it has to do.
  private func asked<Request: RequestMessage>(
    _ peer: Peer, _ request: Request, _ epoch: Epoch, by end: Instant
  ) async throws(WireError) -> ShardFleet.Answer<Request.Reply> {
    do throws(CallError) { return try await fleet.ask(peer, request, epoch: epoch, by: end) } catch {
      switch error {
      case .refused(let refusal): throw refusal
      case .deadlineExceeded:
        throw WireError(.deadlineExceeded, message: "shard \(peer.id.rawValue) did not answer in time")
      default: throw .unasked(peer)
      }
    }
  }
}

extension WireError {
  /// What a shard holds may be older than what a snapshot has of it, and newer too.
  fileprivate static func older(_ peer: Peer) -> WireError {
    WireError(
      .conflict, shard: UInt32(peer.id.rawValue),
      message:
        "shard \(peer.id.rawValue) is older than it was, so what it holds cannot be told from what it lost: start it with "
        + "an empty directory first, or feed everything ('winnow feed --complete')")
  }
}

extension TransferPart {
  /// Each shard's items of the part, by a map.
  fileprivate func shares(_ map: ShardMap) -> [ShardID: TransferPart] {
    var positions = [[Int]](repeating: [], count: map.shards.count)
    for (position, id) in ids.enumerated() { positions[map.ownerIndex(of: slot(of: ItemID(id)))].append(position) }
    var shares: [ShardID: TransferPart] = [:]
    for (index, shard) in map.shards.enumerated() {
      var share = positions[index].count == ids.count ? self : keeping(positions[index])
      share.slotVersions = slotVersions.filter { map.ownerIndex(of: $0.slot) == index }
      share.histories = histories?.keeping { map.ownerIndex(of: $0) == index }
      if !share.ids.isEmpty || !share.slotVersions.isEmpty || share.histories != nil { shares[shard.id] = share }
    }
    return shares
  }

  /// Who was forgotten in the slots of a share, as a part without anything else; `nil`: no shopper was.
  fileprivate func reminder(of forgotten: ForgottenShoppers) -> TransferPart? {
    var slots = SlotSet(slotVersions.map(\.slot))
    for history in histories?.histories ?? [] { slots.insert(slot(of: ItemID(history.user))) }
    let shoppers = forgotten.within(slots, of: key.name)
    guard !shoppers.isEmpty else { return nil }
    var part = keeping([])
    part.histories = HistoryPart()
    part.histories?.forgotten = shoppers
    return part
  }

  /// The items at some positions.
  fileprivate func keeping(_ positions: [Int]) -> TransferPart {
    var part = TransferPart(of: key)
    let (d, r) = (embeddingDimension, rerankDimension)
    (part.embeddingDimension, part.rerankDimension) = (d, r)
    part.ids = positions.map { ids[$0] }
    part.versions = positions.map { versions[$0] }
    let rows = positions.map { row in attributes.columns.indices.map { attributes.value(row: row, column: $0) } }
    part.attributes = AttributeTable(
      rows: rows, definitions: attributes.columns.map { AttributeDefinition(name: $0.name, type: $0.type) })
    part.embeddings = positions.flatMap { embeddings[$0 * d..<($0 + 1) * d] }
    part.rerank = positions.flatMap { rerank[$0 * r..<($0 + 1) * r] }
    return part
  }
}

extension HistoryPart {
  /// What lies in some slots; `nil` if nothing does.
  fileprivate func keeping(_ isWanted: (Slot) -> Bool) -> HistoryPart? {
    var part = self
    part.histories = histories.filter { isWanted(slot(of: ItemID($0.user))) }
    part.forgotten = forgotten.filter { isWanted($0.slot) }
    return part.histories.isEmpty && part.forgotten.isEmpty ? nil : part
  }
}
