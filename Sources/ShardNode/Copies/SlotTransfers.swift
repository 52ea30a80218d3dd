import Placement
import Vocabulary
import Wire

/// The transfers that a shard takes part in: one as the target and one as the source at most.
///
/// A value, and the one owner of their states: a step is taken on a copy of it, which takes its place when the step is
/// in the log.
struct SlotTransfers: Equatable, Sendable {
  /// Slots that come from elsewhere.
  struct Target: Equatable, Sendable {
    let id: UInt64
    let slots: SlotSet
    /// The newest part that was written, or 0.
    var part: UInt64 = 0
  }

  /// Slots that go elsewhere.
  struct Source: Equatable, Sendable {
    let id: UInt64
    let slots: SlotSet
    /// Whether writes to the slots are refused.
    var isFrozen = false
    /// `nil`: the shard has restarted since, or too much has changed: the transfer has to begin again.
    var copy: SlotCopy?

    // The copy does not outlive a restart.
    static func == (a: Source, b: Source) -> Bool { a.id == b.id && a.slots == b.slots && a.isFrozen == b.isFrozen }
  }

  private(set) var target: Target?
  private(set) var source: Source?

  /// None is open.
  init() {}

  /// The same without the copy, as it outlives a restart.
  var withoutCopy: SlotTransfers {
    var lasting = self
    lasting.source?.copy = nil
    return lasting
  }

  /// Whether writes to a slot are refused.
  func isFrozen(_ slot: Slot) -> Bool { source.map { $0.isFrozen && $0.slots.contains(slot) } ?? false }

  /// Slots whose rows have come from elsewhere and stay until the transfer ends.
  var arriving: SlotSet { target.flatMap { $0.part > 0 ? $0.slots : nil } ?? SlotSet() }

  /// Slots that come or go.
  var slots: SlotSet {
    var slots = target?.slots ?? SlotSet()
    if let source { slots.formUnion(source.slots) }
    return slots
  }

  // MARK: Steps

  /// Takes a step, any but read and digest; a repeat changes nothing.
  ///
  /// - Parameter now: `nil` for a record of the log: then no copy is made.
  /// - Throws: as `proto-spec/03-messages/transfer.md` says, before anything has changed.
  mutating func take(
    _ request: TransferRequest, on state: borrowing ShardState, now: Instant?
  ) throws(WireError) {
    let id = request.transfer
    switch request.step {
    case .beginTarget(let slots):
      if let target, target.id == id { return try Self.check(slots, are: target.slots) }
      guard slots.isDisjoint(with: state.owned) else { throw Self.ownSlot }
      if let now, let end = state.epochs.end(of: slots, now: now) {
        throw Self.later(milliseconds: now.microseconds(until: end) / 1000 + 1)
      }
      target = Target(id: id, slots: slots)
    case .beginSource(let slots):
      if let source, source.id == id {
        try Self.check(slots, are: source.slots)
        guard source.copy != nil else { throw Self.unknown }
        return
      }
      guard slots.isSubset(of: state.owned) else { throw WireError(.notOwner, epoch: state.epoch.rawValue) }
      source = Source(id: id, slots: slots)
      if now != nil {
        source?.copy = SlotCopy(
          of: slots, in: state.instances, state.histories, changedItemsMax: state.changedItemsMax)
      }
    case .write(let part, _):
      guard let target, target.id == id else { throw Self.unknown }
      guard part != target.part else { return }
      guard part - 1 == target.part else { throw Self.unknown }
      guard target.slots.isDisjoint(with: state.owned) else { throw Self.ownSlot }
      if part == 1,
        state.instances.values.contains(where: { !$0.occupied.isDisjoint(with: target.slots) })
          || state.histories.values.contains(where: { $0.count(in: target.slots) > 0 })
      {
        throw Self.later(milliseconds: UInt64(TransferRequest.retryAfterMilliseconds))
      }
      self.target?.part = part
    case .freeze:
      guard let source, source.id == id else { throw Self.unknown }
      if now != nil { try Self.check(isRead: source.copy) }
      self.source?.isFrozen = true
    case .end:
      if id == 0 || target?.id == id { target = nil }
      if id == 0 || source?.id == id { source = nil }
    case .read, .digest: throw WireError(.malformedBody)
    }
  }

  private static func check(_ slots: SlotSet, are open: SlotSet) throws(WireError) {
    guard slots == open else {
      throw WireError(.conflict, fieldOffset: 24, message: "this transfer is open with other slots")
    }
  }

  private static func check(isRead copy: SlotCopy?) throws(WireError) {
    guard let copy else { throw unknown }
    guard copy.isRead else { throw WireError(.conflict, message: "the copy is not read to its end") }
    guard !copy.hasChangedTooMuch else { throw tooMuchChanged }
  }

  private static var unknown: WireError {
    WireError(.unknownUpload, fieldOffset: 8, message: "no such transfer, or another part")
  }

  private static var ownSlot: WireError { WireError(.conflict, message: "the shard owns such a slot") }

  private static var tooMuchChanged: WireError {
    WireError(.limitExceeded, message: "too many items have changed: the transfer is given up")
  }

  /// The slots are moving: the same request succeeds later.
  private static func later(milliseconds: UInt64) -> WireError {
    WireError(.slotFrozen, retryAfterMilliseconds: UInt32(clamping: milliseconds))
  }

  // MARK: The copy of the source

  /// Notes items that have changed.
  mutating func note(_ ids: some Sequence<UInt64>, of key: InstanceKey) { source?.copy?.note(ids, of: key) }

  /// Takes along what a new instance will hold.
  mutating func add(_ key: InstanceKey) { source?.copy?.add(key) }

  /// Goes on without an instance that is dropped.
  mutating func drop(_ key: InstanceKey) { source?.copy?.drop(key) }

  /// Notes histories that have changed.
  mutating func noteHistories(_ users: some Sequence<UInt64>, of name: String) {
    source?.copy?.noteHistories(users, of: name)
  }

  /// Goes on without the histories of a collection that is dropped.
  mutating func dropHistories(of name: String) { source?.copy?.dropHistories(of: name) }

  /// Reads the newest part again or the next one.
  mutating func read(
    _ part: UInt64, of id: UInt64, in instances: [InstanceKey: CollectionInstance],
    _ histories: ByCollection<HistoryTable>, byteCountMax: Int
  ) throws(WireError) -> SlotCopy.Answer<TransferResponse> {
    guard let isFrozen = source?.isFrozen, source?.id == id,
      let found = source?.copy?.read(
        part, in: instances, histories, isFrozen: isFrozen, byteCountMax: byteCountMax)
    else { throw Self.unknown }
    switch found {
    case .contents(let contents): return .response(response(to: id, contents))
    case .reading(let reading): return .reading(reading)
    case .otherPart: throw Self.unknown
    case .tooMuchChanged:
      source?.copy = nil
      throw Self.tooMuchChanged
    }
  }

  /// Takes what was read of the copy, and answers.
  mutating func take(_ outcome: SlotCopy.Outcome, of id: UInt64) throws(WireError) -> TransferResponse {
    guard source?.id == id, source?.copy != nil else { throw Self.unknown }
    let contents = source?.copy?.take(outcome)
    return response(to: id, contents)
  }

  /// Where a transfer stands.
  func response(to id: UInt64, _ contents: TransferPart? = nil) -> TransferResponse {
    if let target, target.id == id { return TransferResponse(state: .target, part: target.part) }
    guard let source, source.id == id, let copy = source.copy else { return TransferResponse(state: .notOpen) }
    let state: TransferResponse.State =
      !copy.isRead ? .copying : !source.isFrozen ? .catchingUp : copy.isComplete ? .complete : .frozen
    return TransferResponse(
      state: state, part: copy.newest.number, items: UInt64(copy.itemsLeft), byteCount: UInt64(copy.bytesLeft),
      changed: UInt64(copy.changedCount), contents: contents)
  }
}

// u64 id of the target, 0 if none · u64 its newest part · 64 × u64 slots · u64 id of the source, 0 if none · u64 1 if it
// is frozen · 64 × u64 slots. All little-endian; the slots of none are those of no set: all bits 0.
extension SlotTransfers: Message {
  init(from reader: inout BodyReader) throws(WireError) {
    if let (id, part, slots) = try Self.side(from: &reader, numberMax: .max) {
      target = Target(id: id, slots: slots, part: part)
    }
    if let (id, frozen, slots) = try Self.side(from: &reader, numberMax: 1) {
      source = Source(id: id, slots: slots, isFrozen: frozen == 1)
    }
  }

  private static func side(
    from reader: inout BodyReader, numberMax: UInt64
  ) throws(WireError) -> (UInt64, UInt64, SlotSet)? {
    let id: UInt64 = try reader.integer()
    let number: UInt64 = try reader.integer(in: 0...(id == 0 ? 0 : numberMax))
    guard id == 0 else { return (id, number, try reader.slots()) }
    try reader.zeros(512)
    return nil
  }

  func write(to writer: inout BodyWriter) {
    writer.write(array: [target?.id ?? 0, target?.part ?? 0])
    writer.write(target?.slots ?? SlotSet())
    writer.write(array: [source?.id ?? 0, source?.isFrozen == true ? 1 : 0])
    writer.write(source?.slots ?? SlotSet())
  }
}
