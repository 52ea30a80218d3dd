import Placement
import Retrieval
import Vocabulary
import Wire

/// The state of a shard: a machine without I/O, whose calls its shell makes one at a time.
///
/// What outlives a restart changes by `apply` alone, after the change was prepared, and logged if the shard is durable.
struct ShardState: ~Copyable {
  /// `nil`: no coordinator has given one.
  private(set) var map: ShardMap?
  /// The shard's own place in the map.
  private(set) var shard: ShardID?
  private(set) var owned = SlotSet()
  /// The epochs before the map's whose searches are still answered.
  private(set) var epochs: ServedEpochs
  private(set) var transfers = SlotTransfers()
  /// The number of the coordinator whose changes are made; 0: none has come that has one.
  private(set) var claim: UInt64 = 0
  /// How far its records are.
  private(set) var history = ShardHistory()
  private(set) var instances: [InstanceKey: CollectionInstance] = [:]
  /// By the name of the collection.
  private(set) var histories: ByCollection<HistoryTable> = [:]
  /// What files still hold of shoppers who were forgotten.
  var erasure = Erasure()
  var snapshot = OpenSnapshot()
  private var sweep: Sweep?
  private var shelf = SnapshotShelf()
  /// The limit of changed items of one instance that are noted for a transfer.
  let changedItemsMax: Int
  /// Whether a log keeps its changes: then changed items are noted for checkpoints too.
  let isDurable: Bool

  /// A shard without a map, without collections.
  ///
  /// - Parameters:
  ///   - epochMicroseconds: How long searches of an epoch are answered after the next one was installed.
  ///   - changedItemsMax: The limit of changed items of one instance that are noted for a transfer.
  init(
    isDurable: Bool = false, epochMicroseconds: UInt64 = ServedEpochs.lifetimeMicrosecondsDefault,
    changedItemsMax: Int = SlotCopy.changedItemsMaxDefault
  ) {
    self.isDurable = isDurable
    self.changedItemsMax = changedItemsMax
    epochs = ServedEpochs(lifetimeMicroseconds: epochMicroseconds)
  }

  /// The epoch of the map, or 0.
  var epoch: Epoch { map?.epoch ?? Epoch(0) }

  // MARK: Changes

  /// Checks a request, and says what it changes.
  ///
  /// - Parameters:
  ///   - record: The request as the log keeps it.
  ///   - now: `nil` for a record of the log.
  /// - Throws: What the request is refused with.
  func prepare<Request: ChangeRequest>(
    _ request: Request, as record: ShardRecord, now: Instant?
  ) throws(WireError) -> ShardChange<Request.Reply> {
    let (effects, reply) = try request.effects(on: self, now: now)
    return ShardChange(record: effects.isEmpty ? nil : record, effects: effects, reply: reply)
  }

  /// Finds some items that no epoch and no transfer needs, to remove them.
  ///
  /// - Returns: The change; its reply says whether there is more to do.
  func prepareForgetting(now: Instant) -> ShardChange<Bool> {
    var needed = owned
    needed.formUnion(epochs.needed(now: now))
    needed.formUnion(transfers.arriving)
    // An instance that was dropped meanwhile needs no sweep.
    guard
      let sweep = sweep.flatMap({ instances[$0.key] == nil ? nil : $0 }) ?? Sweep(through: instances, needed: needed)
    else { return prepareHistorySweep(needed: needed) }
    let (found, rest) = sweep.step(needed: needed)
    guard !found.ids.isEmpty else { return ShardChange(record: nil, effects: [.sweep(rest)], reply: true) }
    return ShardChange(
      record: ShardRecord(.forget, found.body.bytes[...]), effects: [.forget(found), .sweep(rest)], reply: true)
  }

  /// Lets a coordinator take over whose number is greater than that of the one before.
  ///
  /// - Returns: The change; `nil`: it has taken over before, or has no number.
  /// - Throws: DISPLACED.
  func prepareClaim(_ number: UInt64) throws(WireError) -> ShardChange<Void>? {
    guard number > 0, number != claim else { return nil }
    guard number > claim else { throw .displaced }
    return ShardChange(
      record: ShardRecord(.claim, ClaimRecord(number).body.bytes[...]), effects: [.claim(number)], reply: ())
  }

  /// Finds events that are too old, or in slots that are not needed, to remove them.
  private func prepareHistorySweep(needed: SlotSet) -> ShardChange<Bool> {
    for (name, table) in histories.sorted(by: { $0.key < $1.key }) {
      var foreign = table.occupied
      foreign.subtract(needed)
      if !foreign.isEmpty {
        return sweeping(HistorySweepRecord(name, before: .max, in: foreign), [.sweep(nil)])
      }
      guard table.isSweepDue else { continue }
      // Both sides of a transfer keep the same until it is over.
      let old = table.oldSlots(besides: transfers.slots)
      let step = ShardEffect.historiesSwept(of: name)
      guard !old.isEmpty else { return ShardChange(record: nil, effects: [.sweep(nil), step], reply: true) }
      return sweeping(HistorySweepRecord(name, before: table.cutoff, in: old), [.sweep(nil), step])
    }
    return ShardChange(record: nil, effects: [.sweep(nil)], reply: false)
  }

  private func sweeping(_ record: HistorySweepRecord, _ others: [ShardEffect]) -> ShardChange<Bool> {
    ShardChange(
      record: ShardRecord(.historySweep, record.body.bytes[...]), effects: [.historySweep(record)] + others, reply: true
    )
  }

  /// Makes a change that was prepared on this state.
  mutating func apply<Reply>(_ change: ShardChange<Reply>) -> Reply {
    for effect in change.effects { apply(effect) }
    if change.record != nil { history.position += 1 }
    return change.reply
  }

  /// Makes a change again that a log has kept.
  ///
  /// - Throws: what the state refuses it with; then the log is not one of this state.
  mutating func replay(_ record: ShardRecord) throws(WireError) { apply(try prepare(again: record)) }

  /// Checks a change that a log has kept, this shard's or its primary's.
  ///
  /// - Parameter now: From when on searches of the epoch before are answered a while longer; `nil`: none can come.
  /// - Throws: what the state refuses it with; then the log is not one of this state.
  func prepare(again record: ShardRecord, now: Instant? = nil) throws(WireError) -> ShardChange<Void> {
    let effects: [ShardEffect] =
      switch record.opcode {
      case .shardMap: try effects(of: ShardMapRequest.self, record, now: now)
      case .collectionCreate: try effects(of: CollectionCreateRequest.self, record)
      case .collectionDrop: try effects(of: CollectionDropRequest.self, record)
      case .upsert: try effects(of: UpsertRequest.self, record)
      case .update: try effects(of: UpdateRequest.self, record)
      case .delete: try effects(of: DeleteRequest.self, record)
      case .transfer: try effects(of: TransferRequest.self, record)
      case .snapshot: try effects(of: SnapshotRequest.self, record)
      case .forget: [.forget(try ForgetRecord(body: record.body))]
      case .claim: [.claim(try ClaimRecord(body: record.body).claim)]
      case .event: try effects(of: EventRequest.self, record)
      case .history: try effects(of: HistoryRequest.self, record)
      case .historySweep: [.historySweep(try HistorySweepRecord(body: record.body))]
      case .promotion: [.promotion(try PromotionRecord(body: record.body).term)]
      default: throw WireError(.unknownOpcode)
      }
    return ShardChange(record: record, effects: effects, reply: ())
  }

  private func effects<Request: ChangeRequest>(
    of _: Request.Type, _ record: ShardRecord, now: Instant? = nil
  ) throws(WireError) -> [ShardEffect] {
    try Request(body: record.body, version: record.version).effects(on: self, now: now).effects
  }

  /// A primary's term begins.
  func preparePromotion(_ term: UInt32) -> ShardChange<Void> {
    ShardChange(
      record: ShardRecord(.promotion, PromotionRecord(term).body.bytes[...]), effects: [.promotion(term)], reply: ())
  }

  /// A copy is whole: goes on from where it was made.
  mutating func begin(behind history: ShardHistory) { self.history = history }

  /// Gives states of searches numbers that no other member of the shard gives.
  mutating func separateSnapshots(from first: UInt64) { shelf.separate(from: first) }

  private mutating func apply(_ effect: ShardEffect) {
    switch effect {
    case .map(let new, let id, let now):
      if let map, let now { epochs.end(map.epoch, owned: owned, now: now) }
      (map, shard) = (new, id)
      owned = SlotSet(Slot.all.filter { new.owner(of: $0).id == id })
    case .create(let key, let schema, let lexical):
      instances[key] = CollectionInstance(
        schema: schema, lexical: lexical,
        slotVersions: Array(repeating: history.versionFloor, count: Limits.slotCount),
        changes: isDurable ? .all : .untracked)
      transfers.add(key)
    case .drop(let key):
      instances[key] = nil
      shelf.drop(key)
      transfers.drop(key)
      guard !instances.keys.contains(where: { $0.name == key.name }) else { break }
      histories[key.name] = nil
      transfers.dropHistories(of: key.name)
    case .write(let write, let key): change(key, write.steps.lazy.map(\.id.rawValue)) { $0.apply(write) }
    case .part(let part, let key):
      change(key, part.ids) { $0.apply(part) }
      guard let part = part.histories else { break }
      var hadForgotten = false
      changeHistories(of: key.name, part.histories.lazy.map(\.user)) { hadForgotten = $0.apply(part) }
      // The record of it has the shopper's events.
      if hadForgotten { erasure.note() }
    case .events(let write, let name):
      changeHistories(of: name, write.users) { $0.apply(write) }
      if write.hasForgotten { erasure.note() }
    case .forgetShopper(let user, let time, let name):
      changeHistories(of: name, []) {
        _ = $0.forget(HistoryPart.Forgotten.fingerprint(of: user), in: slot(of: ItemID(user)), at: time)
      }
      erasure.note()
    case .historySweep(let record):
      changeHistories(of: record.collection, []) { $0.remove(before: record.time, in: record.slots) }
    case .historiesSwept(let name): changeHistories(of: name, []) { $0.advanceSweep() }
    case .forget(let record):
      change(record.key, record.ids) { instance in
        for id in record.ids { instance.remove(ItemID(id)) }
      }
    case .claim(let number): claim = max(claim, number)
    case .promotion(let term):
      history.begin(term)
      for key in instances.keys { instances[key]?.raiseVersions { history.raised($0) } }
    case .transfers(let new): transfers = new
    case .sweep(let new): sweep = new
    }
  }

  /// Changes items of an instance in place, not in a copy of its arrays.
  private mutating func change(
    _ key: InstanceKey, _ ids: some Sequence<UInt64>, _ change: (inout CollectionInstance) -> Void
  ) {
    guard var instance = instances.removeValue(forKey: key) else { return }
    change(&instance)
    instances[key] = instance
    transfers.note(ids, of: key)
  }

  /// Changes histories in place, and makes the table of a collection that has none.
  private mutating func changeHistories(
    of name: String, _ users: some Sequence<UInt64>, _ change: (inout HistoryTable) -> Void
  ) {
    var table = histories.removeValue(forKey: name) ?? HistoryTable(changes: isDurable ? .all : .untracked)
    change(&table)
    histories[name] = table
    transfers.noteHistories(users, of: name)
  }

  // MARK: Reading

  /// The state that a search of an epoch has to see: that of an earlier search if it is still there, else the present.
  mutating func target(of request: SearchRequest, epoch: Epoch, now: Instant) throws(WireError) -> SearchTarget {
    let slots = try slots(in: epoch, now: now)
    let key = InstanceKey(name: request.collection, generation: request.generation)
    let instance = try instance(key)
    if request.snapshot > 0, let earlier = shelf.find(request.snapshot, of: key, now: now) {
      return SearchTarget(
        snapshot: earlier.snapshot, id: request.snapshot, mask: mask(slots, earlier.occupied, of: key))
    }
    let snapshot = instance.table.snapshot()
    let id = shelf.keep(snapshot, occupied: instance.occupied, of: key, now: now)
    return SearchTarget(snapshot: snapshot, id: id, mask: mask(slots, instance.occupied, of: key))
  }

  /// Withholds items of other slots, if there are any.
  private mutating func mask(_ slots: SlotSet, _ occupied: SlotSet, of key: InstanceKey) -> OwnedSlotsMask? {
    occupied.isSubset(of: slots) ? nil : instances[key]?.masks.mask(owned: slots)
  }

  /// Reads a part of the copy of an open transfer.
  mutating func read(
    _ part: UInt64, of transfer: UInt64, byteCountMax: Int
  ) throws(WireError) -> SlotCopy.Answer<TransferResponse> {
    try transfers.read(part, of: transfer, in: instances, histories, byteCountMax: byteCountMax)
  }

  /// Takes what was read of the copy of an open transfer.
  mutating func take(_ outcome: SlotCopy.Outcome, of transfer: UInt64) throws(WireError) -> TransferResponse {
    try transfers.take(outcome, of: transfer)
  }

  /// Keeps a copy of some collections as they stand; a repeat changes nothing.
  mutating func beginSnapshot(
    _ id: UInt64, of keys: [InstanceKey], now: Instant
  ) throws(WireError) -> SnapshotResponse {
    var snapshot = snapshot
    defer { self.snapshot = snapshot }
    return try snapshot.begin(id, now: now) { () throws(WireError) in
      var chosen: [InstanceKey: CollectionInstance] = [:]
      for key in keys { chosen[key] = try instance(key) }
      let closing = chosen.sorted { $0.key < $1.key }.map { key, instance in
        var part = TransferPart(of: key)
        part.slotVersions = instance.lastVersions(of: owned)
        return part
      }
      let names = Set(keys.map(\.name))
      return SlotCopy(of: owned, in: chosen, histories.filter { names.contains($0.key) }, closing: closing)
    }
  }

  /// Reads a part of the open snapshot.
  mutating func readSnapshot(
    _ part: UInt64, of id: UInt64, byteCountMax: Int, now: Instant
  ) throws(WireError) -> SlotCopy.Answer<SnapshotResponse> {
    try snapshot.read(part, of: id, histories, byteCountMax: byteCountMax, now: now)
  }

  // MARK: Checkpoints

  /// The present state, and what has changed since the last one was taken.
  mutating func cut(at sequence: UInt64) -> ShardCut {
    let parts = instances.sorted { $0.key < $1.key }.map { key, instance in
      ShardCut.Instance(
        key: key, snapshot: instance.table.snapshot(), slotVersions: instance.slotVersions, ledger: instance.ledger,
        changes: instance.changes)
    }
    for key in instances.keys { instances[key]?.changes = .none }
    let tables = histories.sorted { $0.key < $1.key }.map { name, table in
      ShardCut.Histories(name: name, table: table, changes: table.changes)
    }
    for name in histories.keys { histories[name]?.changes = .none }
    return ShardCut(
      sequence: sequence, map: map, shard: shard, claim: claim, history: history, transfers: transfers.withoutCopy,
      instances: parts, histories: tables, forgotten: erasure.turned)
  }

  /// Takes the changes back of a cut that could not be written.
  mutating func takeBack(changesOf cut: ShardCut) {
    for part in cut.instances { instances[part.key]?.changes.add(part.changes) }
    for part in cut.histories { histories[part.name]?.changes.add(part.changes) }
  }

  /// Goes on from a checkpoint.
  ///
  /// - Parameter map: The request that installed the shard map.
  /// - Throws: What the map is refused with.
  mutating func begin(
    with map: ShardMapRequest?, claim: UInt64, _ history: ShardHistory, _ instances: [InstanceKey: CollectionInstance],
    _ histories: ByCollection<HistoryTable>, _ transfers: SlotTransfers
  ) throws(WireError) {
    if let map { for effect in try map.effects(on: self, now: nil).effects { apply(effect) } }
    (self.claim, self.history, self.instances) = (claim, history, instances)
    (self.histories, self.transfers) = (histories, transfers)
  }
}
