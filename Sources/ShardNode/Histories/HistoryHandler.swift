import Placement
import Transport
import Vocabulary
import Wire

/// Answers HISTORY: reads histories, and forgets shoppers.
struct HistoryHandler: Sendable {
  let changes: ChangeService

  private var store: ShardStore { changes.store }

  /// The size of a list's answer, about.
  private static let listBytes = 1 << 20

  /// Takes a step.
  func step(_ request: HistoryRequest, _ inbound: InboundRequest) async throws(WireError) -> HistoryResponse {
    let settings = request.settings.filled(from: .usual)
    switch request.step {
    case .get:
      return try await store.withState { (state) throws(WireError) in
        try state.check(inbound.epoch)
        try state.check(collection: request.collection)
        try state.check([request.user], in: state.owned)
        var response = HistoryResponse()
        response.settings = settings
        response.histories =
          [state.histories[request.collection]?.answered(request.user, settings, now: request.now)].compactMap { $0 }
        return response
      }
    case .list:
      let table = try await store.withState { (state) throws(WireError) in
        try state.check(inbound.epoch)
        try state.check(collection: request.collection)
        guard state.owned.contains(request.slot) else { throw WireError(.notOwner, epoch: state.epoch.rawValue) }
        return state.histories[request.collection]
      }
      var response = HistoryResponse()
      let start = HistoryCursor(
        slot: Int(request.slot.rawValue), after: request.isContinued ? request.user : nil)
      guard let table else { return response }
      let (found, next) = table.walk(from: start, in: SlotSet([request.slot]), byteCountMax: Self.listBytes)
      response.histories = found.compactMap { history in
        var history = history
        history.trim(to: Int(settings.length), cutoff: max(0, request.now - settings.keepMicroseconds))
        return history.events.isEmpty ? nil : history
      }
      response.hasMore = next != nil
      return response
    case .forget:
      var response = HistoryResponse()
      if !request.isContinued { response = try await changes.make(request, inbound) }
      let (shard, isDurable, erasure) = await store.withState { ($0.shard, $0.isDurable, $0.erasure) }
      var receipt = response.receipts.first ?? HistoryResponse.Receipt()
      (receipt.shard, receipt.time, receipt.position) = (shard ?? ShardID(0), request.now, erasure.position)
      receipt.state = isDurable && erasure.isDue ? .pending : .done
      response.receipts = [receipt]
      return response
    case .settings: throw WireError(.unknownOpcode, fieldOffset: 0, message: "a shard is told settings with events")
    }
  }
}
