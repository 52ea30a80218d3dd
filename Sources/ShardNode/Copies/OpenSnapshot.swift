import Placement
import Retrieval
import Vocabulary
import Wire

/// The snapshot that is being read, if one is: a copy of what a shard owned at one moment.
struct OpenSnapshot: Sendable {
  private struct Open: Sendable {
    let id: UInt64
    var copy: SlotCopy
    let begun: Instant
    var lastUse: Instant
  }

  private var open: Open?

  /// A reader that is silent for this time has gone away.
  private static let idleMicrosecondsMax: UInt64 = 60_000_000

  /// Keeps a copy; a repeat changes nothing.
  mutating func begin(
    _ id: UInt64, now: Instant, copying: () throws(WireError) -> SlotCopy
  ) throws(WireError) -> SnapshotResponse {
    expire(now: now)
    if let open, open.id != id {
      let age = open.begun.microseconds(until: now) / 1_000_000
      let left = (Self.idleMicrosecondsMax - open.lastUse.microseconds(until: now)) / 1_000_000
      throw WireError(
        .overloaded, retryAfterMilliseconds: 1000,
        message: "another snapshot began \(age) s ago; unless more of it is read, it ends in \(left) s")
    }
    if open == nil { open = Open(id: id, copy: try copying(), begun: now, lastUse: now) }
    return response()
  }

  /// Reads the newest part again or the next one.
  mutating func read(
    _ part: UInt64, of id: UInt64, _ histories: ByCollection<HistoryTable>, byteCountMax: Int, now: Instant
  ) throws(WireError) -> SlotCopy.Answer<SnapshotResponse> {
    guard open?.id == id else { throw Self.unknown }
    open?.lastUse = now
    switch open?.copy.read(part, in: [:], histories, isFrozen: true, byteCountMax: byteCountMax) {
    case .contents(let contents): return .response(response(contents))
    case .reading(let reading): return .reading(reading)
    case .otherPart, .tooMuchChanged, nil: throw Self.unknown
    }
  }

  /// Takes what was read of the copy, and answers.
  mutating func take(_ outcome: SlotCopy.Outcome, of id: UInt64) throws(WireError) -> SnapshotResponse {
    guard open?.id == id else { throw Self.unknown }
    let contents = open?.copy.take(outcome)
    return response(contents)
  }

  /// Lets the copy go; another one's id is no error.
  mutating func end(_ id: UInt64) { if open?.id == id { open = nil } }

  /// Lets a copy go whose reader has gone away.
  mutating func expire(now: Instant) {
    if let open, open.lastUse.microseconds(until: now) >= Self.idleMicrosecondsMax { self.open = nil }
  }

  private static var unknown: WireError {
    WireError(.unknownUpload, fieldOffset: 8, message: "no such snapshot, or another part")
  }

  private func response(_ contents: TransferPart? = nil) -> SnapshotResponse {
    guard let copy = open?.copy else { return SnapshotResponse(state: .notOpen) }
    return SnapshotResponse(
      state: copy.isComplete ? .complete : .open, part: copy.newest.number, items: UInt64(copy.itemsLeft),
      byteCount: UInt64(copy.bytesLeft), contents: contents)
  }
}
