import Placement
import Retrieval
import Testing
import Vocabulary
import Wire

@testable import ShardNode

/// A shard's machine with a log of its changes, from which it can rise again.
final class MachineShard {
  let id: ShardID
  private(set) var records: [ShardRecord] = []
  private var state: ShardState
  static let key = InstanceKey(name: "shop", generation: Generation(1))
  static let epochMicroseconds: UInt64 = 1_000_000

  init(_ id: UInt16, _ map: ShardMap, changedItemsMax: Int = 1000) throws {
    self.id = ShardID(id)
    state = ShardState(epochMicroseconds: Self.epochMicroseconds, changedItemsMax: changedItemsMax)
    _ = try install(map, at: Instant(nanoseconds: 0))
    let schema = try #require(
      CollectionSchema(embeddingDimension: 1, rerankDimension: 1, attributes: [.init(name: "title", type: .text)]))
    let create = CollectionCreateRequest(generation: Self.key.generation, name: Self.key.name, schema: schema)
    _ = try state.create(create, log: { records.append(ShardRecord(create)) })
  }

  var epoch: Epoch { state.epoch }
  var owned: SlotSet { state.owned }
  var itemCount: Int { state.instances[Self.key]?.table.count ?? 0 }
  var ownedItemCount: Int { state.instances[Self.key]?.count(in: state.owned) ?? 0 }
  var openTransfers: OpenTransfers { state.transfers }

  /// Loses what is only in memory and makes every change of the log again.
  func restart() throws {
    var risen = ShardState(epochMicroseconds: Self.epochMicroseconds)
    for record in records { try risen.apply(try #require(ShardRecord(payload: record.payload))) }
    #expect(risen.transfers == state.transfers)
    #expect(risen.epoch == state.epoch)
    #expect(Self.rows(of: risen, in: .all) == Self.rows(of: state, in: .all))
    #expect(risen.instances[Self.key]?.slotVersions == state.instances[Self.key]?.slotVersions)
    #expect(risen.instances[Self.key]?.ledger == state.instances[Self.key]?.ledger)
    state = risen
  }

  func install(_ map: ShardMap, at now: Instant) throws {
    let request = ShardMapRequest(.install(map, as: id))
    try state.install(map, as: id, now: now, log: { records.append(ShardRecord(request)) })
  }

  func upsert(_ request: UpsertRequest, _ epoch: Epoch) throws(WireError) -> WriteResponse {
    try state.check(epoch)
    return try state.upsert(request, log: { records.append(ShardRecord(request)) })
  }

  func delete(_ request: DeleteRequest, _ epoch: Epoch) throws(WireError) -> WriteResponse {
    try state.check(epoch)
    return try state.delete(request, log: { records.append(ShardRecord(request)) })
  }

  /// A step of a transfer, as it comes off the wire.
  @discardableResult
  func transfer(
    _ id: UInt64, _ step: TransferRequest.Step, _ epoch: Epoch, at now: Instant = Instant(nanoseconds: 0)
  ) throws(WireError) -> TransferResponse {
    try state.check(epoch)
    let request = try TransferRequest(body: TransferRequest(transfer: id, step: step).body.bytes)
    let response: TransferResponse
    switch request.step {
    case .read(let part):
      switch try state.read(part: part, of: id, byteCountMax: 100) {
      case .answer(let answer): response = answer
      case .copy(let copy): response = try state.finish(copy.run(byteCountMax: 100), of: id)
      }
    case .beginTarget:
      response = try state.transfer(request, now: now, log: { records.append(ShardRecord(request)) })
      while try forgetSome(at: now) {}
    default: response = try state.transfer(request, now: now, log: { records.append(ShardRecord(request)) })
    }
    return try TransferResponse(body: response.body.bytes)
  }

  @discardableResult
  func forgetSome(at now: Instant) throws(WireError) -> Bool {
    try state.forgetSome(now: now) { record in records.append(ShardRecord(.forget, record.body.bytes[...])) }
  }

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
    let target = try state.prepare(request, epoch: epoch, now: now)
    return Self.rows(of: target.snapshot, in: target.mask?.owned ?? .all)
  }

  /// What a GET of an epoch finds of some ids, which are its slots'.
  func got(_ ids: [UInt64], in epoch: Epoch, at now: Instant) throws(WireError) -> [UInt64] {
    var request = GetRequest(collection: "shop", ids: ids)
    request.generation = Self.key.generation
    let located = try state.locate(request, epoch: epoch, now: now)
    return located.rows.map { located.snapshot.id(at: $0).rawValue }
  }

  private static func rows(of state: borrowing ShardState, in slots: SlotSet) -> [Row] {
    state.instances[Self.key].map { rows(of: $0.table.snapshot(), in: slots) } ?? []
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
