import Placement
import Vocabulary
import Wire

extension HistoryRequest: ChangeRequest {
  var freesRoom: Bool { true }

  /// Forgets a shopper: here what this shard owns, what is coming to it, and what it has not yet swept.
  func effects(
    on state: borrowing ShardState, now: Instant?
  ) throws(WireError) -> (effects: [ShardEffect], reply: HistoryResponse) {
    guard step == .forget else { throw WireError(.malformedBody) }
    try state.check(collection: collection)
    let slot = Placement.slot(of: ItemID(user))
    if state.transfers.isFrozen(slot) { try state.check(writable: [user]) }
    var receipt = HistoryResponse.Receipt()
    let found = state.histories[collection]?[user].flatMap { $0.begun <= self.now ? $0 : nil }
    if let found { (receipt.histories, receipt.events) = (1, UInt32(clamping: found.keptCount)) }
    var response = HistoryResponse()
    response.receipts = [receipt]
    return ([.forgetShopper(user, at: self.now, of: collection)], response)
  }
}
