import Placement
import Retrieval
import Vocabulary
import Wire

/// A copy of all that a shard holds, for a member that cannot go on with records alone.
struct ShardCopy: Sendable {
  /// What makes the state without its rows.
  let head: [ShardRecord]
  /// How far the state is.
  let history: ShardHistory
  var rows: SlotCopy
}

extension ShardState {
  /// Pins the present state.
  func pinned() -> ShardCopy {
    var head: [ShardRecord] = []
    if let map, let shard { head.append(ShardRecord(of: ShardMapRequest(.install(map, as: shard)))) }
    if claim > 0 { head.append(ShardRecord(.claim, ClaimRecord(claim).body.bytes[...])) }
    let sorted = instances.sorted { $0.key < $1.key }
    for (key, instance) in sorted {
      let create = CollectionCreateRequest(generation: key.generation, name: key.name, schema: instance.schema)
      head.append(ShardRecord(of: create))
    }
    let open = transfers.withoutCopy
    if open != SlotTransfers() { head.append(ShardRecord(.copiedTransfers, open.body.bytes[...])) }
    let closing = sorted.flatMap { $0.value.closing(of: $0.key, .all, answersMax: SlotCopy.answersPerPart) }
    return ShardCopy(
      head: head, history: history,
      rows: SlotCopy(of: .all, in: instances, histories, closing: closing, withAnswers: true))
  }

  /// Pins what members compare.
  func pinnedForCheck() -> StatePin {
    StatePin(
      position: history.position,
      instances: instances.sorted { $0.key < $1.key }.map { key, instance in
        .init(key: key, snapshot: instance.table.snapshot(), slotVersions: instance.slotVersions)
      },
      histories: histories.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }

  /// Reads the next part of a copy: what is there now says only who was forgotten since.
  func read(_ copy: inout ShardCopy, byteCountMax: Int) -> SlotCopy.Found {
    copy.rows.read(
      copy.rows.newest.number + 1, in: instances, histories, isFrozen: true, byteCountMax: byteCountMax)
  }

  /// Takes a record of a copy.
  ///
  /// - Throws: what the state refuses it with: the copy has to begin again.
  mutating func take(ofCopy record: ShardRecord) throws(WireError) {
    switch record.opcode {
    case .copiedPart:
      let part = try TransferPart(body: record.body, version: record.version)
      let checked = try instance(part.key).checked(part, in: .all)
      apply(ShardChange(record: nil, effects: [.part(checked, to: part.key)], reply: ()))
    case .copiedTransfers:
      let open = try SlotTransfers(body: record.body)
      apply(ShardChange(record: nil, effects: [.transfers(open)], reply: ()))
    default: apply(try prepare(again: record))
    }
  }
}
