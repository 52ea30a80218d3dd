import Wire

/// Remembers the newest op of each writer with its answer, so that an op that comes again changes nothing.
struct WriteLedger {
  /// How an op stands to what its writer has sent before.
  enum Verdict: Equatable {
    case new
    /// It was applied, with this answer.
    case known(WriteResponse)
    /// The writer has gone on since.
    case outdated
  }

  private struct Entry {
    var op: UInt64
    var answer: WriteResponse
    var lastUse: UInt64
  }

  private var entries: [UInt64: Entry] = [:]
  private var uses: UInt64 = 0
  private let writersMax: Int

  /// A ledger of so many writers; the one that was silent longest makes room for a new one.
  init(writersMax: Int = 4096) { self.writersMax = writersMax }

  func verdict(writer: UInt64, op: UInt64) -> Verdict {
    guard let entry = entries[writer], op <= entry.op else { return .new }
    return op == entry.op ? .known(entry.answer) : .outdated
  }

  mutating func record(writer: UInt64, op: UInt64, answer: WriteResponse) {
    uses += 1
    if entries[writer] == nil, entries.count >= writersMax {
      entries.min { $0.value.lastUse < $1.value.lastUse }.map { entries[$0.key] = nil }
    }
    entries[writer] = Entry(op: op, answer: answer, lastUse: uses)
  }
}
