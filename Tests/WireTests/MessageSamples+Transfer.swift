import Placement
import Vocabulary
import Wire

extension MessageSamples {
  /// A message of each step of a transfer.
  static func transferSamples() -> [MessageSample] {
    let slots = SlotSet([3, 63, 64, 4095].compactMap(Slot.init(rawValue:)))
    let key = InstanceKey(name: "shop", generation: Generation(2))
    var part = TransferPart(of: key)
    part.embeddingDimension = 2
    part.rerankDimension = 1
    part.ids = [1, 2, 3]
    part.versions = [4, 9, 2]
    part.attributes = table
    part.embeddings = [1, 2, 3, 4, 5, 6]
    part.rerank = [7, 8, 9]
    part.gone = [.init(id: 77, version: 5)]
    part.slotVersions = slots.slots.map { .init(slot: $0, version: 3) }
    part.writers = [
      .init(writer: 5, op: 6, answers: []),
      .init(
        writer: 7, op: 8,
        answers: [.init(id: 1, status: .inserted, version: 4), .init(id: 4, status: .absent, version: 0)]),
    ]
    let steps: [TransferRequest.Step] = [
      .beginTarget(slots), .beginSource(slots), .read(part: 3), .write(part: 4, part), .freeze, .end,
    ]
    var stored = part
    (stored.gone, stored.writers) = ([], [])
    let ofSnapshots: [SnapshotRequest.Step] = [
      .begin(collections: [key]), .read(shard: ShardID(3), part: 2), .end, .write(stored),
    ]
    return ofSnapshots.map {
      if case .write = $0 {
        MessageSample(SnapshotRequest(snapshot: 0, step: $0))
      } else {
        MessageSample(SnapshotRequest(snapshot: 9, step: $0))
      }
    } + [
      MessageSample(SnapshotRequest(snapshot: 0, step: .readModel(key, .users, offset: 9))),
      MessageSample(SnapshotResponse(state: .notOpen, byteCount: 4, data: [1, 2, 3])),
      MessageSample(
        SnapshotResponse(
          state: .open, part: 1, items: 3, byteCount: 9, shards: [ShardID(0), ShardID(4)],
          collections: schema.map { [.init(key: key, model: 7, schema: $0)] } ?? [], contents: part)),
    ] + steps.map { MessageSample(TransferRequest(transfer: 9, step: $0)) } + [
      MessageSample(TransferRequest(transfer: 0, step: .digest(slots, key))),
      MessageSample(TransferResponse(state: .catchingUp, part: 4, changed: 12, contents: part)),
      MessageSample(TransferResponse(state: .complete, items: 4, byteCount: 100)),
    ]
  }
}
