import Placement
import Retrieval
package import Vocabulary
package import Wire

extension ShardState {
  private static var unknown: WireError {
    WireError(.unknownUpload, fieldOffset: 8, message: "no such transfer, or another part")
  }

  private static var otherSlots: WireError {
    WireError(.conflict, fieldOffset: 24, message: "this transfer is open with other slots")
  }

  // MARK: Steps

  /// Takes a step of a transfer, any but read and digest.
  ///
  /// - Throws: as `proto-spec/03-messages/transfer.md` says, before anything has changed.
  package mutating func transfer(
    _ request: TransferRequest, now: Instant, log: Log = {}
  ) throws(WireError) -> TransferResponse {
    let id = request.transfer
    switch request.step {
    case .beginTarget(let slots):
      if let open = transfers.target, open.id == id {
        guard open.slots == slots else { throw Self.otherSlots }
        break
      }
      guard slots.isDisjoint(with: owned) else { throw WireError(.conflict, message: "the shard owns such a slot") }
      if let end = epochs.end(of: slots, now: now) {
        throw Self.later(milliseconds: now.microseconds(until: end) / 1000 + 1)
      }
      try log()
      redo(.beginTarget(slots), of: id)
    case .beginSource(let slots):
      if let open = transfers.source, open.id == id {
        guard open.slots == slots else { throw Self.otherSlots }
        guard copy != nil else { throw Self.unknown }
        break
      }
      guard slots.isSubset(of: owned) else { throw WireError(.notOwner, epoch: epoch.rawValue) }
      try log()
      redo(.beginSource(slots), of: id)
      makeCopy(of: slots)
    case .write(let part, let contents): try write(contents, number: part, of: id, log)
    case .freeze:
      guard let open = transfers.source, open.id == id, let copy else { throw Self.unknown }
      guard copy.isRead else { throw WireError(.conflict, message: "the copy is not read to its end") }
      try giveUpIfTooMuchChanged()
      guard !open.isFrozen else { break }
      try log()
      redo(.freeze, of: id)
    case .end:
      guard id == 0 || transfers.target?.id == id || transfers.source?.id == id else { break }
      guard transfers != OpenTransfers() else { break }
      try log()
      redo(.end, of: id)
    case .read, .digest: throw WireError(.internalFault, message: "a step that changes nothing is no change")
    }
    return standing(of: id)
  }

  /// Makes a step again that a log has kept.
  mutating func redo(_ request: TransferRequest) throws(WireError) {
    guard case .write(let part, let contents) = request.step else { return redo(request.step, of: request.transfer) }
    try write(contents, number: part, of: request.transfer) {}
  }

  private mutating func redo(_ step: TransferRequest.Step, of id: UInt64) {
    switch step {
    case .beginTarget(let slots): transfers.target = .init(id: id, slots: slots)
    case .beginSource(let slots):
      forgetCopy()
      transfers.source = .init(id: id, slots: slots)
    case .freeze: if transfers.source?.id == id { transfers.source?.isFrozen = true }
    case .end:
      if id == 0 || transfers.target?.id == id { transfers.target = nil }
      if id == 0 || transfers.source?.id == id {
        transfers.source = nil
        forgetCopy()
      }
    case .read, .write, .digest: break
    }
  }

  private mutating func write(
    _ contents: TransferPart, number: UInt64, of id: UInt64, _ log: Log
  ) throws(WireError) {
    guard let open = transfers.target, open.id == id else { throw Self.unknown }
    guard number != open.part else { return }
    guard number == open.part + 1 else { throw Self.unknown }
    guard open.slots.isDisjoint(with: owned) else {
      throw WireError(.conflict, message: "the shard owns such a slot")
    }
    if open.part == 0, instances.values.contains(where: { !$0.occupied.isDisjoint(with: open.slots) }) {
      throw Self.later(milliseconds: UInt64(TransferRequest.retryAfterMilliseconds))
    }
    let key = try key(contents.key.name, contents.key.generation)
    guard let checked = try instances[key]?.checked(contents, in: open.slots) else { return }
    try log()
    transfers.target?.part = number
    guard var instance = instances.removeValue(forKey: key) else { return }
    instance.apply(checked)
    instances[key] = instance
  }

  /// The slots are moving: the same request succeeds later.
  private static func later(milliseconds: UInt64) -> WireError {
    WireError(.slotFrozen, retryAfterMilliseconds: UInt32(clamping: milliseconds))
  }

  // MARK: The source's copy

  private mutating func makeCopy(of slots: SlotSet) {
    var pinned: [(key: InstanceKey, snapshot: Snapshot)] = []
    var (items, bytes, all) = (0, 0, 0)
    for key in instances.keys.sorted() {
      guard let instance = instances[key] else { continue }
      pinned.append((key, instance.table.snapshot()))
      items += instance.count(in: slots)
      all += instance.table.count
      bytes += instance.table.memory.totalBytes
      noteChanges(of: key, in: slots)
    }
    copy = SourceCopy(of: slots, pinned, items: items, bytesPerItem: bytes / max(1, all))
  }

  private mutating func noteChanges(of key: InstanceKey, in slots: SlotSet) {
    instances[key]?.changedItems = ChangedItems(in: slots, idsMax: changedItemsMax)
  }

  /// Lets an open transfer take along what a new instance will hold.
  mutating func noteCreated(_ key: InstanceKey) {
    if let copy { noteChanges(of: key, in: copy.slots) }
  }

  private mutating func forgetCopy() {
    copy = nil
    for key in instances.keys { instances[key]?.changedItems = nil }
  }

  private mutating func giveUpIfTooMuchChanged() throws(WireError) {
    guard instances.values.contains(where: { $0.changedItems?.isOverfull ?? false }) else { return }
    forgetCopy()
    throw WireError(.limitExceeded, message: "too many items have changed: the transfer is given up")
  }

  private var changedCount: Int { instances.values.reduce(0) { $0 + ($1.changedItems?.ids.count ?? 0) } }

  // MARK: Reading

  /// The outcome of a READ.
  enum Reading {
    case answer(TransferResponse)
    /// To be done away from the machine, then given to `finish`.
    case copy(SourceCopy.Reading)
  }

  /// The changed items of one part.
  private static let changedItemsPerPart = 1024
  /// The answers to writers of one part, about.
  private static let answersPerPart = 16_384

  /// Reads the newest part again or the next one.
  mutating func read(part: UInt64, of id: UInt64, byteCountMax: Int) throws(WireError) -> Reading {
    guard let open = transfers.source, open.id == id, let copy else { throw Self.unknown }
    if part == copy.newest.number { return .answer(reading()) }
    guard part == copy.newest.number + 1 else { throw Self.unknown }
    try giveUpIfTooMuchChanged()
    if let next = copy.reading() { return .copy(next) }
    for key in instances.keys.sorted() {
      let found = instances[key]?.takeChanged(
        of: key, idsMax: Self.changedItemsPerPart, byteCountMax: byteCountMax)
      guard let found else { continue }
      self.copy?.keep(found)
      return .answer(reading())
    }
    guard open.isFrozen else { return .answer(standing(of: id)) }
    var closing =
      copy.closing
      ?? instances.keys.sorted().flatMap { key in
        instances[key]?.closing(of: key, open.slots, answersMax: Self.answersPerPart) ?? []
      }
    let next = closing.isEmpty ? nil : closing.removeFirst()
    self.copy?.closing = closing
    guard let next else { return .answer(standing(of: id)) }
    self.copy?.keep(next)
    return .answer(reading())
  }

  /// Takes what was read of the copy, and answers.
  mutating func finish(_ outcome: SourceCopy.Outcome, of id: UInt64) throws(WireError) -> TransferResponse {
    guard let open = transfers.source, open.id == id else { throw Self.unknown }
    copy?.take(outcome)
    guard let copy else { throw Self.unknown }
    return copy.newest.number == outcome.reading.part ? reading() : standing(of: id)
  }

  /// The answer to a READ that has found something.
  private func reading() -> TransferResponse {
    var response = standing(of: transfers.source?.id ?? 0)
    response.contents = copy?.newest.contents
    return response
  }

  /// Where a transfer stands.
  private func standing(of id: UInt64) -> TransferResponse {
    if let open = transfers.target, open.id == id { return TransferResponse(state: .target, part: open.part) }
    guard let open = transfers.source, open.id == id, let copy else { return TransferResponse(state: .notOpen) }
    let changed = changedCount
    let state: TransferResponse.State
    if !copy.isRead {
      state = .copying
    } else if !open.isFrozen {
      state = .catchingUp
    } else {
      state = changed == 0 && copy.closing?.isEmpty == true ? .complete : .frozen
    }
    return TransferResponse(
      state: state, part: copy.newest.number, items: UInt64(copy.itemsLeft),
      byteCount: UInt64(copy.itemsLeft * copy.bytesPerItem), changed: UInt64(changed))
  }
}
