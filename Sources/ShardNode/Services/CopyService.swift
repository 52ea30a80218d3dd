import Placement
import Retrieval
import Transport
import Vocabulary
import Wire

/// Transfers, snapshots and digests: all that reads the items of a shard as a whole.
struct CopyService: Sendable {
  let changes: ChangeService
  let clock: any MonotonicClock
  /// The size of a part, about.
  let partBytes: Int

  private var store: ShardStore { changes.store }

  /// How many items are counted before other work of the thread may run.
  private static let itemsBetweenYields = 1024

  /// Takes a step of a transfer.
  func transfer(_ request: TransferRequest, _ inbound: InboundRequest) async throws(WireError) -> TransferResponse {
    let id = request.transfer
    switch request.step {
    case .digest(let slots, let key) where key.generation.rawValue == 0:
      let content = try await store.withState { (state) throws(WireError) in
        try state.check(inbound.epoch)
        try state.check(collection: key.name)
        return state.histories[key.name]
      }
      let digest = content?.digest(of: slots) ?? ItemDigest()
      return TransferResponse(state: .notOpen, items: digest.itemCount, digest: digest)
    case .digest(let slots, let key):
      let content = try await digest(of: try await contents(of: key, inbound).snapshot, slots, inbound)
      return TransferResponse(state: .notOpen, items: content.itemCount, digest: content)
    case .read(let part):
      let answer = try await store.withState { (state) throws(WireError) in
        try state.check(inbound.epoch)
        return try state.read(part, of: id, byteCountMax: partBytes)
      }
      switch answer {
      case .response(let response): return response
      case .reading(let reading):
        let outcome = reading.run(byteCountMax: partBytes)
        return try await store.withState { (state) throws(WireError) in try state.take(outcome, of: id) }
      }
    case .beginTarget:
      let response = try await changes.make(request, inbound)
      try await forgetAll(inbound)
      return response
    case .beginSource, .write, .freeze, .end: return try await changes.make(request, inbound)
    }
  }

  /// Removes items in slots that are about to be filled, and all other items that no epoch and no transfer needs.
  private func forgetAll(_ inbound: InboundRequest) async throws(WireError) {
    while try await store.forgetSome() {
      guard !inbound.isCancelled, clock.now() < inbound.deadline else {
        throw WireError(.slotFrozen, retryAfterMilliseconds: TransferRequest.retryAfterMilliseconds)
      }
      await Task.yield()
    }
  }

  /// Takes a step of taking a snapshot, or of giving it back.
  func snapshot(_ request: SnapshotRequest, _ inbound: InboundRequest) async throws(WireError) -> SnapshotResponse {
    let (id, now) = (request.snapshot, clock.now())
    switch request.step {
    case .begin(let keys):
      return try await store.withState { (state) throws(WireError) in
        try state.check(inbound.epoch)
        return try state.beginSnapshot(id, of: keys, now: now)
      }
    case .read(_, let part):
      let answer = try await store.withState { (state) throws(WireError) in
        try state.readSnapshot(part, of: id, byteCountMax: partBytes, now: now)
      }
      switch answer {
      case .response(let response): return response
      case .reading(let reading):
        let outcome = reading.run(byteCountMax: partBytes)
        return try await store.withState { (state) throws(WireError) in try state.snapshot.take(outcome, of: id) }
      }
    case .end:
      await store.withState { $0.snapshot.end(id) }
      return SnapshotResponse(state: .notOpen)
    case .readModel: throw WireError(.unknownOpcode, fieldOffset: 0, message: "a shard has no models")
    case .write: return try await changes.make(request, inbound)
    }
  }

  /// Counts and sums what a generation holds.
  func measure(_ request: GenerationRequest, _ inbound: InboundRequest) async throws(WireError) -> GenerationResponse {
    guard case .measure(let generation) = request.step else {
      throw WireError(.unknownOpcode, fieldOffset: 0, message: "a shard measures a generation, and no more")
    }
    let key = InstanceKey(name: request.collection, generation: generation)
    let (snapshot, owned, memoryBytes) = try await contents(of: key, inbound)
    let content = try await digest(of: snapshot, owned, inbound)
    return GenerationResponse(generations: [
      .init(
        generation: generation, state: .unknown, memoryBytes: UInt64(memoryBytes), content: content, model: 0,
        completeShards: 1, shardCount: 1)
    ])
  }

  /// The present state of a whole instance, the slots that the shard owns, and the memory that the instance takes.
  private func contents(
    of key: InstanceKey, _ inbound: InboundRequest
  ) async throws(WireError) -> (snapshot: Snapshot, owned: SlotSet, memoryBytes: Int) {
    try await store.withState { (state) throws(WireError) in
      try state.check(inbound.epoch)
      let table = try state.instance(key).table
      return (table.snapshot(), state.owned, table.memory.totalBytes)
    }
  }

  /// Counts and sums the items of some slots, item by item as they are stored.
  private func digest(
    of snapshot: Snapshot, _ slots: SlotSet, _ inbound: InboundRequest
  ) async throws(WireError) -> ItemDigest {
    var rows: [RowAddress] = []
    snapshot.forEachItem { row, id in
      if slots.contains(slot(of: id)) { rows.append(row) }
      return true
    }
    var content = ItemDigest()
    for (count, row) in rows.enumerated() {
      content.add(snapshot.item(at: row))
      guard (count + 1) % Self.itemsBetweenYields == 0 else { continue }
      guard !inbound.isCancelled, clock.now() < inbound.deadline else {
        throw WireError(.deadlineExceeded, message: "time ran out while items were counted")
      }
      await Task.yield()
    }
    return content
  }
}
