import Placement
import Vocabulary
import Wire

extension MessageSamples {
  /// Histories with an event of each kind.
  static var histories: HistoryPart {
    var history = StoredHistory(user: 7, begun: 5)
    (history.version, history.first, history.last, history.isMarked) = (9, 1, 8, true)
    (history.minute, history.minuteEvents, history.counts[4]) = (3, 2, 1)
    for kind in ShopperAction.allCases {
      var event = ShopperEvent(kind, item: kind == .search ? 0 : 4, time: Int64(kind.rawValue))
      (event.value, event.place, event.request, event.text) = (1.5, 2, 3, kind == .search ? "blau" : "")
      var writer = BodyWriter()
      event.write(to: &writer)
      history.events += writer.body.bytes
    }
    var part = HistoryPart()
    (part.settings, part.latest, part.histories) = (.usual, 12, [history])
    part.forgotten = [.init(slot: Slot.all[4095], fingerprint: 9, time: 3)]
    part.answers = [.init(writer: 1, op: 2), .init(writer: 1, op: 2, user: 7, counts: 1)]
    return part
  }

  /// What shoppers did, and what is kept of it.
  static func eventSamples() -> [MessageSample] {
    let events = ((try? histories.histories[0].kept()) ?? []).map { EventRequest.Entry(user: 7, $0) }
    var request = EventRequest(collection: "shop", writer: 1, op: 2, events: events)
    (request.received, request.settings) = (5, .usual)
    var list = HistoryRequest(.list, collection: "shop", user: 3)
    (list.isContinued, list.slot, list.now, list.settings) = (true, Slot.all[9], 7, .usual)
    var outcome = EventResponse()
    (outcome.durability, outcome.counts.accepted, outcome.counts.fast, outcome.unknown) = (.disk, 4, 1, 2)
    var answer = HistoryResponse()
    (answer.settings, answer.isInModel, answer.hasMore, answer.histories) = (.usual, true, true, histories.histories)
    answer.receipts = [HistoryResponse.Receipt()]
    var suggestions = SuggestResponse()
    (suggestions.model, suggestions.known, suggestions.history) = (5, 7, .read)
    (suggestions.isCorrected, suggestions.prefix, suggestions.attribute) = (true, "red", "category")
    var query = SuggestResponse.Query(.own, text: "Rotes Kleid")
    (query.users, query.preference, query.categories) = (9, 0.5, ["dresses", "sale"])
    suggestions.queries = [query, .init(.many, text: "red")]
    suggestions.categories = [.init(name: "dresses", share: 0.75, preference: 0.25)]
    suggestions.waterfall = [.init(phase: .history, startMicroseconds: 1, durationMicroseconds: 2)]
    return [
      MessageSample(SuggestRequest(collection: "shop", prefix: "röd ", user: UserID(7), k: 3)),
      MessageSample(suggestions), MessageSample(request), MessageSample(outcome),
      MessageSample(HistoryRequest(.get, collection: "shop", user: 7)),
      MessageSample(list), MessageSample(answer),
    ]
  }

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
    part.histories = histories
    let steps: [TransferRequest.Step] = [
      .beginTarget(slots), .beginSource(slots), .read(part: 3), .write(part: 4, part), .freeze, .end,
    ]
    var stored = part
    (stored.gone, stored.writers) = ([], [])
    stored.histories?.answers = []
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
