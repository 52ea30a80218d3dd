import Placement
import Vocabulary
import Wire

extension TransferRequest: ChangeRequest {
  // Only a part takes room; the other steps let items go in the end.
  var freesRoom: Bool { rows == nil }

  var rows: WrittenRows? {
    guard case .write(_, let contents) = step else { return nil }
    return WrittenRows(key: contents.key, count: contents.ids.count)
  }

  /// Takes a step of a transfer, any but read and digest.
  func effects(
    on state: borrowing ShardState, now: Instant?
  ) throws(WireError) -> (effects: [ShardEffect], reply: TransferResponse) {
    var transfers = state.transfers
    try transfers.take(self, on: state, now: now)
    let reply = transfers.response(to: transfer)
    guard transfers != state.transfers else { return ([], reply) }
    guard case .write(_, let contents) = step, let slots = transfers.target?.slots else {
      return ([.transfers(transfers)], reply)
    }
    let part = try state.instance(contents.key).checked(contents, in: slots)
    return ([.transfers(transfers), .part(part, to: contents.key)], reply)
  }
}
