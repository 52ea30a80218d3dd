import Placement
import Retrieval
package import Vocabulary
package import Wire

/// A copy of what a shard owned at one moment, while it is read.
struct OpenSnapshot {
  let id: UInt64
  var copy: SourceCopy
  var lastUse: Instant

  /// A reader that is silent for so long has gone away.
  static let idleMicrosecondsMax: UInt64 = 60_000_000
}

extension ShardState {
  /// Keeps a copy of some collections as they stand; a repeat changes nothing.
  package mutating func beginSnapshot(
    _ id: UInt64, of keys: [InstanceKey], now: Instant
  ) throws(WireError) -> SnapshotResponse {
    expireSnapshot(now: now)
    guard snapshot?.id != id else { return snapshotStanding() }
    guard snapshot == nil else {
      throw WireError(.overloaded, retryAfterMilliseconds: 1000, message: "another snapshot is being read")
    }
    var pinned: [(key: InstanceKey, snapshot: Snapshot)] = []
    var closing: [TransferPart] = []
    var (items, bytes, all) = (0, 0, 0)
    for key in Set(keys).sorted() {
      guard let instance = instances[try self.key(key.name, key.generation)] else { continue }
      pinned.append((key, instance.table.snapshot()))
      var part = TransferPart(of: key)
      part.slotVersions = instance.lastVersions(of: owned)
      closing.append(part)
      items += instance.count(in: owned)
      all += instance.table.count
      bytes += instance.table.memory.totalBytes
    }
    var copy = SourceCopy(of: owned, pinned, items: items, bytesPerItem: bytes / max(1, all))
    copy.closing = closing
    snapshot = OpenSnapshot(id: id, copy: copy, lastUse: now)
    return snapshotStanding()
  }

  /// The outcome of a READ of a snapshot.
  enum SnapshotReading {
    case answer(SnapshotResponse)
    /// To be done away from the machine, then given to `finishSnapshot`.
    case copy(SourceCopy.Reading)
  }

  /// Reads the newest part again or the next one.
  mutating func readSnapshot(_ id: UInt64, part: UInt64, now: Instant) throws(WireError) -> SnapshotReading {
    guard var open = snapshot, open.id == id else { throw Self.unknownSnapshot }
    open.lastUse = now
    defer { snapshot = open }
    if part == open.copy.newest.number { return .answer(Self.answer(open, with: open.copy.newest.contents)) }
    guard part == open.copy.newest.number + 1 else { throw Self.unknownSnapshot }
    if let next = open.copy.reading() { return .copy(next) }
    guard let closing = open.copy.closing, let next = closing.first else { return .answer(Self.answer(open)) }
    open.copy.closing = Array(closing.dropFirst())
    open.copy.keep(next)
    return .answer(Self.answer(open, with: next))
  }

  /// Takes what was read of the copy, and answers.
  mutating func finishSnapshot(_ id: UInt64, _ outcome: SourceCopy.Outcome) throws(WireError) -> SnapshotResponse {
    guard snapshot?.id == id else { throw Self.unknownSnapshot }
    snapshot?.copy.take(outcome)
    guard let open = snapshot else { throw Self.unknownSnapshot }
    return Self.answer(open, with: open.copy.newest.number == outcome.reading.part ? open.copy.newest.contents : nil)
  }

  /// Lets the copy go; another one's id is no error.
  package mutating func endSnapshot(_ id: UInt64) { if snapshot?.id == id { snapshot = nil } }

  /// Lets a copy go whose reader has gone away.
  mutating func expireSnapshot(now: Instant) {
    if let open = snapshot, open.lastUse.microseconds(until: now) >= OpenSnapshot.idleMicrosecondsMax { snapshot = nil }
  }

  /// Writes items of owned slots with the versions that they have had.
  package mutating func restore(_ part: TransferPart, log: Log = {}) throws(WireError) {
    let key = try key(part.key.name, part.key.generation)
    try check(writable: part.ids)
    // The source of a transfer may have told the last version of a frozen slot already.
    guard !part.slotVersions.contains(where: { transfers.isFrozen($0.slot) }) else {
      throw WireError(.slotFrozen, retryAfterMilliseconds: TransferRequest.retryAfterMilliseconds)
    }
    guard let checked = try instances[key]?.checked(part, in: owned) else { return }
    try log()
    guard var instance = instances.removeValue(forKey: key) else { return }
    instance.apply(checked)
    instances[key] = instance
  }

  private static var unknownSnapshot: WireError {
    WireError(.unknownUpload, fieldOffset: 8, message: "no such snapshot, or another part")
  }

  private func snapshotStanding() -> SnapshotResponse {
    snapshot.map { Self.answer($0) } ?? SnapshotResponse(state: .notOpen)
  }

  private static func answer(_ open: OpenSnapshot, with contents: TransferPart? = nil) -> SnapshotResponse {
    let copy = open.copy
    return SnapshotResponse(
      state: copy.isRead && copy.closing?.isEmpty ?? true ? .complete : .open, part: copy.newest.number,
      items: UInt64(copy.itemsLeft), byteCount: UInt64(copy.itemsLeft * copy.bytesPerItem), contents: contents)
  }
}
