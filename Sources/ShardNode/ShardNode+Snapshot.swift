import Transport
import Vocabulary
import Wire

extension ShardNode {
  /// Takes a step of taking a snapshot, or of giving it back.
  func snapshotted(_ request: SnapshotRequest, _ inbound: InboundRequest) async throws(WireError) -> SnapshotResponse {
    let id = request.snapshot
    switch request.step {
    case .begin(let keys): return try await store.beginSnapshot(id, of: keys, epoch: inbound.epoch, now: clock.now())
    case .read(_, let part):
      switch try await store.readSnapshot(id, part: part, now: clock.now()) {
      case .answer(let response): return response
      case .copy(let copy):
        return try await store.finishSnapshot(id, copy.run(byteCountMax: configuration.partBytes))
      }
    case .end:
      await store.endSnapshot(id)
      return SnapshotResponse(state: .notOpen)
    case .readModel: throw WireError(.unknownOpcode, fieldOffset: 0, message: "a shard has no models")
    case .write(let part):
      try await store.change(inbound.record, epoch: inbound.epoch) { (state, log) throws(WireError) in
        try state.restore(part, log: log)
      }
      await encodeBlocks(of: part.key, written: part.ids.count)
      return SnapshotResponse(state: .notOpen)
    }
  }
}
