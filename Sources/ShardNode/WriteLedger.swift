import Vocabulary
import Wire

/// Remembers the newest op of each writer with the answer for each id, so that an op that comes again changes nothing.
///
/// By id, because an op's ids may have come together here from several shards, and a part of them may leave again.
struct WriteLedger: Equatable, Sendable {
  /// The answer about an id of an op.
  struct Answer: Hashable, Sendable {
    let status: WriteResponse.Status
    let version: UInt64

    /// The answer for an id.
    init(status: WriteResponse.Status, version: UInt64) {
      self.status = status
      self.version = version
    }
  }

  /// How an op stands to what its writer has sent before.
  enum Verdict: Equatable {
    /// It is the newest; these ids of it have been applied, with these answers.
    case current([UInt64: Answer])
    /// The writer has gone on since.
    case outdated
  }

  /// The newest op of a writer; ids, none twice, and their answers, `[n]`.
  struct Entry: Hashable, Sendable {
    var op: UInt64
    var ids: [UInt64] = []
    var answers: [Answer] = []
    var lastUse: UInt64 = 0
  }

  private var entries: [UInt64: Entry] = [:]
  private var idCount = 0
  private var uses: UInt64 = 0
  /// Uses from `first` on, the earliest first; those that a later use of the writer followed count no more.
  private var line: [(writer: UInt64, use: UInt64)] = []
  private var first = 0
  private let writersMax: Int
  private let idsMax: Int

  /// The number of writers used last that are never forgotten for the sake of memory.
  static let writersMin = 1024

  /// A ledger of `writersMax` writers and, beyond the first 1,024 writers, `idsMax` ids; the writer that was silent
  /// longest makes room.
  init(writersMax: Int = 4096, idsMax: Int = 1 << 20) {
    self.writersMax = writersMax
    self.idsMax = idsMax
  }

  /// How many writers it remembers.
  var writerCount: Int { entries.count }

  /// How an op stands to what its writer has sent before.
  func verdict(writer: UInt64, op: UInt64) -> Verdict {
    guard let entry = entries[writer], op <= entry.op else { return .current([:]) }
    guard op == entry.op else { return .outdated }
    return .current(Dictionary(zip(entry.ids, entry.answers)) { $1 })
  }

  /// Notes answers of a writer's newest op, beside those of it that are there; of an older op, nothing.
  mutating func record(writer: UInt64, op: UInt64, ids: [UInt64], answers: [Answer]) {
    var entry = entries[writer] ?? Entry(op: op)
    guard op >= entry.op else { return }
    idCount -= entry.ids.count
    if op > entry.op { entry = Entry(op: op) }
    let known = Set(entry.ids)
    for (id, answer) in zip(ids, answers) where !known.contains(id) {
      entry.ids.append(id)
      entry.answers.append(answer)
    }
    uses += 1
    entry.lastUse = uses
    idCount += entry.ids.count
    entries[writer] = entry
    line.append((writer, uses))
    while entries.count > writersMax || entries.count > Self.writersMin && idCount > idsMax { forgetOldest() }
    if line.count >= 2 * entries.count + Self.writersMin {
      line = line[first...].filter { entries[$0.writer]?.lastUse == $0.use }
      first = 0
    }
  }

  /// Forgets the answers about some ids; the newest op of each writer stays known.
  mutating func forget(where isForgotten: (UInt64) -> Bool) {
    for (writer, entry) in entries {
      let kept = entry.ids.indices.filter { !isForgotten(entry.ids[$0]) }
      guard kept.count < entry.ids.count else { continue }
      idCount -= entry.ids.count - kept.count
      entries[writer]?.ids = kept.map { entry.ids[$0] }
      entries[writer]?.answers = kept.map { entry.answers[$0] }
    }
  }

  private mutating func forgetOldest() {
    while first < line.count {
      let (writer, use) = line[first]
      first += 1
      guard let entry = entries[writer], entry.lastUse == use else { continue }
      idCount -= entry.ids.count
      entries[writer] = nil
      return
    }
  }

  /// The entries with their writers, the one that was silent longest first.
  var inOrderOfUse: [(writer: UInt64, entry: Entry)] {
    entries.sorted { $0.value.lastUse < $1.value.lastUse }.map { ($0.key, $0.value) }
  }

  /// The same in ledgers of about `idsMax` ids, to be merged one after another.
  func parts(idsMax: Int) -> [WriteLedger] {
    var parts: [WriteLedger] = []
    for (writer, entry) in inOrderOfUse {
      if parts.last.map({ $0.idCount >= idsMax }) ?? true { parts.append(WriteLedger()) }
      parts[parts.count - 1].record(writer: writer, op: entry.op, ids: entry.ids, answers: entry.answers)
    }
    return parts
  }

  /// Takes over another shard's part: of each writer the higher op; of the same op, the ids of both.
  mutating func merge(_ part: WriteLedger) {
    for (writer, entry) in part.inOrderOfUse {
      record(writer: writer, op: entry.op, ids: entry.ids, answers: entry.answers)
    }
  }

  // How often it was used, and its bounds, are not what it remembers.
  static func == (a: WriteLedger, b: WriteLedger) -> Bool {
    a.inOrderOfUse.elementsEqual(b.inOrderOfUse) {
      $0.writer == $1.writer && $0.entry.op == $1.entry.op && $0.entry.ids == $1.entry.ids
        && $0.entry.answers == $1.entry.answers
    }
  }
}
