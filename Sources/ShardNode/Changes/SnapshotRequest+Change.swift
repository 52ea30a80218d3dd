import Placement
import Vocabulary
import Wire

extension SnapshotRequest: ChangeRequest {
  var rows: WrittenRows? {
    guard case .write(let part) = step else { return nil }
    return WrittenRows(key: part.key, count: part.ids.count)
  }

  /// Writes items of owned slots with the versions that they have had.
  func effects(
    on state: borrowing ShardState, now: Instant?
  ) throws(WireError) -> (effects: [ShardEffect], reply: SnapshotResponse) {
    guard case .write(let part) = step else { throw WireError(.malformedBody) }
    let instance = try state.instance(part.key)
    try state.check(writable: part.ids + (part.histories?.histories.map(\.user) ?? []))
    // The source of a transfer may have told the last version of a frozen slot already.
    let slots = part.slotVersions.map(\.slot) + (part.histories?.forgotten.map(\.slot) ?? [])
    guard !slots.contains(where: { state.transfers.isFrozen($0) }) else {
      throw WireError(.slotFrozen, retryAfterMilliseconds: TransferRequest.retryAfterMilliseconds)
    }
    let checked = try instance.checked(part, in: state.owned)
    return ([.part(checked, to: part.key)], SnapshotResponse(state: .notOpen))
  }
}
