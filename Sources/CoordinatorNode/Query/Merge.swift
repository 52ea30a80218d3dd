package import Vocabulary

/// The best candidates of several shards in the one order, each with the place where it was found.
package struct Merge: Sendable {
  /// A candidate and its place: row `row` of part `part` of leg `leg`.
  package struct Entry: Sendable, Equatable {
    /// The item and its retrieval score.
    package let candidate: Candidate
    /// Which shard it came from.
    package let leg: Int
    /// Which reply of that shard.
    package let part: Int
    /// Which row of that reply.
    package let row: Int
    /// How well its words fit, in a search by words.
    var lexical: Float = 0
    /// Both scores in one, in a search by words.
    var fused: Float = 0

    init(candidate: Candidate, leg: Int, part: Int, row: Int) {
      (self.candidate, self.leg, self.part, self.row) = (candidate, leg, part, row)
    }
  }

  /// Best first, at most the limit, no id twice.
  package private(set) var entries: [Entry] = []
  /// Candidates that were dropped because a better one has the same id; 0 unless two shards own one item.
  package private(set) var duplicateCount = 0
  /// How many candidates the lists of a search by words have; `nil`: it was one by vector alone.
  private(set) var listed: (byWords: Int, byVector: Int)?

  /// Candidates of a search by words, in its order.
  init(_ entries: [Entry], duplicateCount: Int, byWords: Int, byVector: Int) {
    (self.entries, self.duplicateCount, listed) = (entries, duplicateCount, (byWords, byVector))
  }

  /// Candidates of a search that sorts by attributes, in its order.
  init(sorted entries: [Entry], duplicateCount: Int) { (self.entries, self.duplicateCount) = (entries, duplicateCount) }

  /// Merges the parts of each leg.
  ///
  /// - Parameter legs: For each leg its parts, each in the one order, and each behind the one before.
  /// - Complexity: O(limit · log legs).
  package init(_ legs: [[[Candidate]]], limit: Int) {
    var heap = Heap()
    for (leg, parts) in legs.enumerated() {
      if let entry = Self.entry(parts, leg: leg, part: 0, row: 0) { heap.push(entry) }
    }
    var seen: Set<ItemID> = []
    let count = min(limit, legs.reduce(0) { $0 + $1.reduce(0) { $0 + $1.count } })
    entries.reserveCapacity(count)
    seen.reserveCapacity(count)
    while entries.count < limit, let best = heap.pop() {
      if let next = Self.entry(legs[best.leg], leg: best.leg, part: best.part, row: best.row + 1) { heap.push(next) }
      if seen.insert(best.candidate.itemID).inserted { entries.append(best) } else { duplicateCount += 1 }
    }
  }

  /// Adds candidates that a search did not find behind all others.
  ///
  /// - Parameter fusion: How both scores of a search by words become one; these have none of the words.
  mutating func append(_ candidates: [Candidate], leg: Int, part: Int, _ fusion: Fusion) {
    let known = Set(entries.map(\.candidate.itemID))
    for (row, candidate) in candidates.enumerated() where !known.contains(candidate.itemID) {
      var entry = Entry(candidate: candidate, leg: leg, part: part, row: row)
      entry.fused = fusion.score(lexical: 0, product: candidate.score.value)
      entries.append(entry)
    }
  }

  /// Adds the candidates of one more part that are none yet, wherever they stand in the order.
  mutating func add(_ candidates: [Candidate], leg: Int, part: Int) {
    let known = Set(entries.map(\.candidate.itemID))
    for (row, candidate) in candidates.enumerated() where !known.contains(candidate.itemID) {
      entries.append(Entry(candidate: candidate, leg: leg, part: part, row: row))
    }
    entries.sort { $0.candidate < $1.candidate }
  }

  /// How many entries are as good as a candidate or better.
  ///
  /// - Complexity: O(log n).
  package func rank(of candidate: Candidate) -> Int { Self.count(entries) { $0.candidate <= candidate } }

  /// How many entries, from the first, fulfil a condition that no entry behind them does.
  static func count(_ entries: [Entry], where condition: (Entry) -> Bool) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if condition(entries[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The entry at a row, or at the start of the next part that has one.
  private static func entry(_ parts: [[Candidate]], leg: Int, part: Int, row: Int) -> Entry? {
    var (part, row) = (part, row)
    while part < parts.count {
      if row < parts[part].count { return Entry(candidate: parts[part][row], leg: leg, part: part, row: row) }
      (part, row) = (part + 1, 0)
    }
    return nil
  }

  /// The next entry of each leg, the best on top.
  private struct Heap {
    private var entries: [Entry] = []

    /// Equal candidates of two legs come in the order of the legs, so that a merge is the same in every run.
    private static func precedes(_ a: Entry, _ b: Entry) -> Bool {
      a.candidate != b.candidate ? a.candidate < b.candidate : a.leg < b.leg
    }

    mutating func push(_ entry: Entry) {
      entries.append(entry)
      var child = entries.count - 1
      while child > 0, Self.precedes(entries[child], entries[(child - 1) / 2]) {
        entries.swapAt(child, (child - 1) / 2)
        child = (child - 1) / 2
      }
    }

    mutating func pop() -> Entry? {
      guard let top = entries.first, let last = entries.popLast() else { return nil }
      guard !entries.isEmpty else { return top }
      entries[0] = last
      var parent = 0
      while true {
        var best = parent
        for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
          if Self.precedes(entries[child], entries[best]) { best = child }
        }
        guard best != parent else { return top }
        entries.swapAt(best, parent)
        parent = best
      }
    }
  }
}
