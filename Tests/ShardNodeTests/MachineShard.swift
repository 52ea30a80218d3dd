import Placement
import Retrieval
import Testing
import Vocabulary
import Wire

@testable import ShardNode

/// A shard's machine with a log of its changes, from which it can rise again.
final class MachineShard {
  let id: ShardID
  private var state: LoggedState
  static let key = InstanceKey(name: "shop", generation: Generation(1))
  static let epochMicroseconds: UInt64 = 1_000_000

  init(_ id: UInt16, _ map: ShardMap, changedItemsMax: Int = 1000) throws {
    self.id = ShardID(id)
    state = LoggedState {
      ShardState(epochMicroseconds: Self.epochMicroseconds, changedItemsMax: changedItemsMax)
    }
    try install(map, at: Instant(nanoseconds: 0))
    let schema = try #require(
      CollectionSchema(embeddingDimension: 1, rerankDimension: 1, attributes: [.init(name: "title", type: .text)]))
    let create = CollectionCreateRequest(generation: Self.key.generation, name: Self.key.name, schema: schema)
    try state.change(create)
  }

  var itemCount: Int { state.live.instances[Self.key]?.table.count ?? 0 }
  var ownedItemCount: Int { state.live.instances[Self.key]?.count(in: state.live.owned) ?? 0 }

  /// Loses what is only in memory and makes every change of the log again.
  func restart() throws { try state.restart() }

  func install(_ map: ShardMap, at now: Instant) throws {
    try state.change(ShardMapRequest(.install(map, as: id)), now: now)
  }

  func upsert(_ request: UpsertRequest, _ epoch: Epoch) throws(WireError) -> WriteResponse {
    try state.live.check(epoch)
    return try state.change(request)
  }

  func delete(_ request: DeleteRequest, _ epoch: Epoch) throws(WireError) -> WriteResponse {
    try state.live.check(epoch)
    return try state.change(request)
  }

  func events(_ request: EventRequest, _ epoch: Epoch) throws(WireError) -> EventResponse {
    try state.live.check(epoch)
    return try state.change(try EventRequest(body: request.body.bytes))
  }

  func forget(_ user: UInt64, at time: Int64) throws(WireError) {
    var request = HistoryRequest(.forget, collection: "shop", user: user)
    request.now = time
    try state.change(request)
  }

  /// The history of a shopper as it is answered.
  func history(_ user: UInt64, _ settings: HistorySettings, now: Int64) -> StoredHistory? {
    state.live.histories["shop"]?.answered(user, settings, now: now)
  }

  /// How many histories lie in slots that are the shard's.
  var ownedHistoryCount: Int { state.live.histories["shop"]?.count(in: state.live.owned) ?? 0 }

  /// What the shard keeps of the histories of some slots, summed.
  func historyDigest(of slots: SlotSet) -> ItemDigest {
    state.live.histories["shop"]?.digest(of: slots) ?? ItemDigest()
  }

  /// A step of a transfer, as it comes off the wire.
  @discardableResult
  func transfer(
    _ id: UInt64, _ step: TransferRequest.Step, _ epoch: Epoch, at now: Instant = Instant(nanoseconds: 0)
  ) throws(WireError) -> TransferResponse {
    try state.live.check(epoch)
    let request = try TransferRequest(body: TransferRequest(transfer: id, step: step).body.bytes)
    let response: TransferResponse
    switch request.step {
    case .read(let part):
      response = try state.withLive { (live) throws(WireError) in
        switch try live.read(part, of: id, byteCountMax: 100) {
        case .response(let response): response
        case .reading(let reading): try live.take(reading.run(byteCountMax: 100), of: id)
        }
      }
    case .beginTarget:
      response = try state.change(request, now: now)
      while try forgetSome(at: now) {}
    default: response = try state.change(request, now: now)
    }
    return try TransferResponse(body: response.body.bytes)
  }

  @discardableResult
  func forgetSome(at now: Instant) throws(WireError) -> Bool { try state.forgetSome(at: now) }

  /// A row as a search of an epoch sees it.
  struct Row: Hashable, CustomStringConvertible {
    let id: UInt64
    let version: UInt64
    let value: Float

    var description: String { "\(id)@\(version)=\(value)" }
  }

  /// What a search of an epoch sees.
  func seen(in epoch: Epoch, at now: Instant) throws(WireError) -> [Row] {
    let request = SearchRequest(collection: "shop", generation: Self.key.generation, limit: 1, query: [1])
    let target = try state.withLive { (live) throws(WireError) in
      try live.target(of: request, epoch: epoch, now: now)
    }
    return Self.rows(of: target.snapshot, in: target.mask?.owned ?? .all)
  }

  /// What a GET of an epoch finds of some ids, which are its slots'.
  func got(_ ids: [UInt64], in epoch: Epoch, at now: Instant) throws(WireError) -> [UInt64] {
    var request = GetRequest(collection: "shop", ids: ids)
    request.generation = Self.key.generation
    let located = try state.live.locate(request, epoch: epoch, now: now)
    return located.rows.map { located.snapshot.id(at: $0).rawValue }
  }

  private static func rows(of snapshot: Snapshot, in slots: SlotSet) -> [Row] {
    var rows: [Row] = []
    snapshot.forEachItem { address, id in
      if slots.contains(slot(of: id)) {
        let item = snapshot.item(at: address)
        rows.append(
          Row(id: id.rawValue, version: snapshot.version(at: address), value: item.embedding[0] + item.rerank[0]))
      }
      return true
    }
    return rows.sorted { $0.id < $1.id }
  }
}
