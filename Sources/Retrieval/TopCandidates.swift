import Vocabulary

/// Keeps the best `limit` of the candidates that it is offered, in memory of little more.
///
/// Candidates gather in a buffer; when it is full, a selection drops the worse part and raises the threshold. A short
/// buffer selects more often, and keeps the threshold close to the truth: fewer rows have to be looked at.
struct TopCandidates: Sendable {
  /// A candidate as numbers whose ascending order is the one order of candidates.
  struct Entry: Sendable {
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

  /// Scores below this one are out; scores that equal it may still win by id.
  private(set) var threshold = -Float.infinity

  init(limit: Int) {
    self.limit = limit
  }

  private var bufferCount: Int { limit + max(limit / 4, 32) }

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
  mutating func finish() -> [Entry] {
    prune()
    return entries.sorted(by: <)
  }

  private mutating func prune() {
    guard entries.count >= limit else { return }
    select(limit - 1)
    entries.removeLast(entries.count - limit)
    bound = entries[limit - 1]
    threshold = entries[limit - 1].score
  }

  /// Puts the entry of a rank at that place, better ones before it and worse ones behind it.
  private mutating func select(_ rank: Int) {
    var low = 0
    var high = entries.count - 1
    var roundsLeft = 64
    while low < high {
      guard roundsLeft > 0 else {
        // Unlucky pivots: a sort bounds the work whatever the data.
        entries[low...high].sort(by: <)
        return
      }
      roundsLeft -= 1
      let pivot = median(entries[low], entries[(low + high) / 2], entries[high])
      let (i, j) = partition(low, high, by: pivot)
      if rank <= j {
        high = j
      } else if rank >= i {
        low = i
      } else {
        return
      }
    }
  }

  /// Moves entries from `low` through `high` that are no worse than `pivot` before those that are no better.
  ///
  /// - Returns: where the worse part begins and the better one ends; what lies between equals the pivot.
  private mutating func partition(_ low: Int, _ high: Int, by pivot: Entry) -> (Int, Int) {
    var (i, j) = (low, high)
    // One access for all swaps, without a look at who else refers to the array.
    var entries = entries.mutableSpan
    while i <= j {
      while entries[i] < pivot { i += 1 }
      while pivot < entries[j] { j -= 1 }
      if i <= j {
        entries.swapAt(i, j)
        i += 1
        j -= 1
      }
    }
    return (i, j)
  }

  private func median(_ a: Entry, _ b: Entry, _ c: Entry) -> Entry {
    if a < b { return b < c ? b : a < c ? c : a }
    return a < c ? a : b < c ? c : b
  }
}
