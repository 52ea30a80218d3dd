import Vocabulary

/// Keeps the best `limit` of the candidates that it is offered, in memory of little more.
///
/// Candidates gather in a buffer; when it is full, a selection drops the worse part and raises the threshold. A short
/// buffer selects more often, and keeps the threshold close to the truth: fewer rows have to be looked at.
struct TopCandidates: Sendable {
  /// A candidate as numbers whose ascending order is the one order of candidates.
  struct Entry: Comparable, Sendable {
    /// Descends as the score ascends.
    let scoreOrder: UInt32
    let row: RowAddress
    let id: UInt64

    init(score: Float, id: UInt64, row: RowAddress) {
      // Adding +0 turns −0 into +0, so that both zeros tie. Flipping all bits of a negative number, and the sign of
      // another, makes unsigned order out of float order.
      let bits = (score + 0).bitPattern
      scoreOrder = ~(bits >> 31 == 1 ? ~bits : bits | 1 << 31)
      self.row = row
      self.id = id
    }

    var score: Float {
      let ascending = ~scoreOrder
      return Float(bitPattern: ascending >> 31 == 1 ? ascending & ~(1 << 31) : ~ascending)
    }

    static func < (a: Entry, b: Entry) -> Bool {
      a.scoreOrder != b.scoreOrder ? a.scoreOrder < b.scoreOrder : a.id < b.id
    }
  }

  private let limit: Int
  private var entries: [Entry] = []
  /// The worst entry that is still among the best, once there are `limit`.
  private var bound: Entry?

  /// Lower bound of the k-th best score; rows below it are skipped, rows that equal it may still win by id.
  private(set) var threshold = -Float.infinity

  /// - Parameter spare: how many more the buffer holds; a quarter of the limit if it is not said.
  init(limit: Int, spare: Int? = nil) {
    self.limit = limit
    bufferCount = limit + (spare ?? max(limit / 4, 32))
  }

  private let bufferCount: Int

  /// Whether an entry would be among the best so far.
  @inline(__always)
  func wants(_ entry: Entry) -> Bool {
    guard let bound else { return true }
    return entry < bound
  }

  /// Adds an entry that `wants` admitted.
  mutating func add(_ entry: Entry) {
    entries.append(entry)
    if entries.count == bufferCount { prune() }
  }

  /// The best entries in the one order.
  mutating func finish() -> [Entry] { best().sorted() }

  /// The best entries in any order.
  mutating func best() -> [Entry] {
    prune()
    return entries
  }

  private mutating func prune() {
    guard entries.count >= limit else { return }
    entries.select(limit - 1)
    entries.removeLast(entries.count - limit)
    bound = entries[limit - 1]
    threshold = entries[limit - 1].score
  }
}
