import Placement
import Vocabulary
import Wire

/// Events that a table has checked: those that it takes, and what the ledger remembers of them.
struct EventWrite: Sendable {
  let writer: UInt64
  let op: UInt64
  let received: Int64
  let settings: HistorySettings
  /// Those that are taken, with their mark.
  private(set) var events: [EventRequest.Entry] = []
  /// The shoppers that the op was not answered for before, each once, `[n]`.
  private(set) var users: [UInt64] = []
  /// The answers about them, `[n]`.
  private(set) var answers: [WriteLedger.Answer] = []
  private(set) var response = EventResponse()
  /// Whether the request has events from before their shopper was forgotten.
  private(set) var hasForgotten = false

  /// Says what becomes of each event.
  ///
  /// - Throws: CONFLICT for an op that is older than its writer's newest.
  init(_ request: EventRequest, on table: HistoryTable?, durability: WriteResponse.Durability) throws(WireError) {
    let verdict = table?.ledger.verdict(writer: request.writer, op: request.op) ?? .current([:])
    guard case .current(let known) = verdict else {
      throw WireError(.conflict, message: "the writer has sent a newer op")
    }
    (writer, op, received) = (request.writer, request.op, request.received)
    settings = request.settings.filled(from: .usual)
    response.durability = durability
    var counts: [UInt64: EventCounts] = [:]
    var rates: [UInt64: StoredHistory.Rate] = [:]
    var order: [UInt64] = []
    for entry in request.events where known[entry.user] == nil {
      let user = entry.user
      if counts[user] == nil { order.append(user) }
      var entry = entry
      if let refusal = Self.refusal(of: entry.event, forgotten: table?.forgotten(user), received, settings) {
        counts[user, default: EventCounts()][keyPath: refusal] += 1
        continue
      }
      var rate = rates[user] ?? StoredHistory.Rate(of: table?[user])
      entry.event.isFast = rate.note(entry.event.time, most: settings.eventsPerMinuteMax)
      rates[user] = rate
      counts[user, default: EventCounts()].accepted += 1
      if entry.event.isFast { counts[user]?.fast += 1 }
      events.append(entry)
    }
    hasForgotten = counts.values.contains { $0.forgotten > 0 }
    // A forgotten shopper is not remembered for what was dropped: it would be dropped again.
    users = order.filter { counts[$0].map { $0.forgotten == 0 || $0.accepted > 0 || $0.inFuture > 0 } ?? false }
    answers = users.map { .init(status: .inserted, version: (counts[$0] ?? EventCounts()).packed) }
    for user in order { response.counts += counts[user] ?? EventCounts() }
    for user in Set(request.events.map(\.user)) {
      if let answer = known[user] { response.counts += EventCounts(packed: answer.version) }
    }
    response.isReplayed = order.isEmpty
  }

  /// What an event counts as that is not taken; `nil`: it is.
  private static func refusal(
    of event: ShopperEvent, forgotten: Int64?, _ received: Int64, _ settings: HistorySettings
  ) -> WritableKeyPath<EventCounts, UInt32>? {
    if event.time > received.addingReportingOverflow(Limits.eventLeadMicrosecondsMax).partialValue {
      return \.inFuture
    }
    if let forgotten, event.time <= forgotten { return \.forgotten }
    if event.time < received - settings.keepMicroseconds { return \.tooOld }
    return nil
  }
}

// Ten bits each: a batch has at most 1,000 events.
extension EventCounts {
  /// The counts of one batch in one number, as the ledger keeps them.
  var packed: UInt64 {
    [accepted, fast, tooOld, inFuture, forgotten].reversed().reduce(0) { $0 << 10 | UInt64($1 & 1023) }
  }

  init(packed: UInt64) {
    self.init()
    func number(_ place: UInt64) -> UInt32 { UInt32(packed >> (10 * place) & 1023) }
    (accepted, fast, tooOld, inFuture, forgotten) = (number(0), number(1), number(2), number(3), number(4))
  }
}

extension EventRequest: ChangeRequest {
  // Of no generation: nothing is encoded behind it.
  var rows: WrittenRows? {
    WrittenRows(key: InstanceKey(name: collection, generation: Generation(0)), count: events.count, growth: .unbounded)
  }

  func effects(
    on state: borrowing ShardState, now: Instant?
  ) throws(WireError) -> (effects: [ShardEffect], reply: EventResponse) {
    try state.check(collection: collection)
    try state.check(writable: events.map(\.user))
    let write = try EventWrite(
      self, on: state.histories[collection], durability: state.isDurable ? .disk : .memory)
    return (write.users.isEmpty ? [] : [.events(write, to: collection)], write.response)
  }
}
