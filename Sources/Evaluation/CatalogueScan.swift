import Kernels

/// Finds, in one pass over the scores of a catalogue, the best rows and the places of given ones.
///
/// Rows stand in ascending order of item ids, so that equal scores rank by id as everywhere in Winnow. Owns the room of one
/// block: one scan at a time.
struct CatalogueScan {
  /// The result of a pass.
  struct Found {
    /// Of each target, how many rows are better, from 0.
    var places: [Int]
    /// The best rows, best first.
    var rows: [UInt32] = []
    /// Their scores.
    var scores: [Float] = []
    /// How many were ranked: all rows but those left out, and the targets that are no rows.
    var count: Int
  }

  /// A row whose place is wanted, and its score.
  struct Target {
    let row: UInt32
    let score: Float
  }

  private static let blockRows = 1024
  private let kernels: KernelSet
  private var block = [Float](repeating: 0, count: blockRows)
  private var selected = [UInt32](repeating: 0, count: blockRows)

  init(kernels: KernelSet) { self.kernels = kernels }

  /// Scans `count` rows.
  ///
  /// - Parameters:
  ///   - excluded: Rows left out, strictly ascending; none of the targets.
  ///   - targets: `nil` for one that the catalogue does not have: it comes last, one behind the other.
  ///   - limit: Best rows wanted.
  ///   - scores: Writes the scores of some rows to the front of the array.
  mutating func scan(
    count: Int, excluding excluded: [UInt32], targets: [Target?], limit: Int,
    scores: (Range<Int>, inout [Float]) -> Void
  ) -> Found {
    var found = Found(places: [Int](repeating: 0, count: targets.count), count: count - excluded.count)
    for (index, target) in targets.enumerated() where target == nil {
      found.places[index] = found.count
      found.count += 1
    }
    var best = Best(limit: limit)
    var nextExcluded = 0
    for start in stride(from: 0, to: count, by: Self.blockRows) {
      let rows = start..<min(start + Self.blockRows, count)
      scores(rows, &block)
      while nextExcluded < excluded.count, Int(excluded[nextExcluded]) < rows.upperBound {
        block[Int(excluded[nextExcluded]) - start] = -.infinity
        nextExcluded += 1
      }
      for (index, target) in targets.enumerated() {
        guard let target else { continue }
        let above = select(rows, atLeast: target.score)
        for row in selected[..<above] {
          let isEqual = block[Int(row) - start] == target.score
          if !isEqual || row < target.row { found.places[index] += 1 }
        }
      }
      guard limit > 0 else { continue }
      for row in selected[..<select(rows, atLeast: best.threshold)] { best.add(block[Int(row) - start], row) }
    }
    (found.rows, found.scores) = best.finish()
    return found
  }

  private mutating func select(_ rows: Range<Int>, atLeast threshold: Float) -> Int {
    kernels.select(
      scores: block, count: rows.count, firstRow: rows.lowerBound, atLeast: threshold, mask: nil, into: &selected)
  }

  /// The best rows so far, as numbers whose ascending order is the one order: score descending, then row.
  private struct Best {
    let limit: Int
    private(set) var threshold = -Float.greatestFiniteMagnitude
    private var keys: [UInt64] = []

    init(limit: Int) { self.limit = limit }

    mutating func add(_ score: Float, _ row: UInt32) {
      // Flipping all bits of a negative number, and the sign of another, makes unsigned order; adding 0 drops the sign of −0.
      let bits = (score + 0).bitPattern
      let ascending = bits >> 31 == 1 ? ~bits : bits | 1 << 31
      keys.append(UInt64(~ascending) << 32 | UInt64(row))
      if keys.count >= max(2 * limit, 64) { prune() }
    }

    mutating func finish() -> (rows: [UInt32], scores: [Float]) {
      prune()
      return (keys.map { UInt32(truncatingIfNeeded: $0) }, keys.map(Self.score))
    }

    private mutating func prune() {
      keys.sort()
      guard keys.count >= limit else { return }
      keys.removeLast(keys.count - limit)
      if let last = keys.last { threshold = Self.score(last) }
    }

    private static func score(_ key: UInt64) -> Float {
      let ascending = ~UInt32(truncatingIfNeeded: key >> 32)
      return Float(bitPattern: ascending >> 31 == 1 ? ascending & ~(1 << 31) : ~ascending)
    }
  }
}
