import Bytes
import Kernels
import Vocabulary

/// The score that a search begins with: as many of the sampled long rows as it wants are known to reach it.
///
/// Where rows differ in length, few others do: those are met later, and most of them by no more than a look at a norm.
struct FirstThreshold: Sendable {
  /// The sample: rows in all, rows for each candidate wanted, and at most this part of the rows of a table.
  private static let rowsMin = 4096, rowsEach = 32, part = 8

  private let kernels: KernelSet
  private let query: CodeQuery
  private let exclude: ExcludeSet
  /// The best lower bounds.
  private var bounds: TopCandidates
  private var reached = [UInt64](repeating: 0, count: Block.rowsMax / 64)
  private var listed = [UInt32](repeating: 0, count: Block.rowsMax)
  private var kept = [UInt32](repeating: 0, count: Block.rowsMax)
  private var lower = [Float](repeating: 0, count: Block.rowsMax)

  init(kernels: KernelSet, query: CodeQuery, limit: Int, exclude: ExcludeSet) {
    self.kernels = kernels
    self.query = query
    self.exclude = exclude
    bounds = TopCandidates(limit: limit, spare: max(limit / 2, 32))
  }

  /// Which blocks to look at, and how many rows of each; `nil` if a table is too small for it.
  static func sample(limit: Int, of snapshot: Snapshot) -> (step: Int, rows: Int)? {
    let wanted = min(rowsMin + rowsEach * limit, snapshot.count / part)
    guard wanted >= 2 * limit else { return nil }
    // Takes rows of every block or, if 64 a block are too many, 64 of some blocks.
    let step = max(64 * snapshot.views.count / wanted, 1)
    return (step, max(wanted * step / snapshot.views.count, 64))
  }

  /// A score that as many rows as were wanted are known to reach; −∞ if fewer rows are known.
  var score: Float { bounds.threshold == -.infinity ? -.infinity : query.score(atLeast: bounds.threshold) }

  /// Looks at about `wanted` of the longest rows of a block, of those that the search may have.
  ///
  /// - Parameters:
  ///   - admitted: the rows that it may have, more than none.
  ///   - ids: the block's.
  mutating func look(
    at position: Int, _ codes: CodeBlock, _ admitted: AdmittedRows, ids: SharedColumn<UInt64>, wanted: Int
  ) {
    let words = min((wanted * codes.rowCount / admitted.passed + 63) / 64, (codes.rowCount / 64 + 1) / 2)
    let least = score
    kernels.scan(codes, query, atLeast: least, first: 64 * words, into: &reached)
    let found = kernels.list(codes, reached: reached, words: 0..<words, mask: admitted.rows?.words, into: &listed)
    let count = kernels.refine(codes, query, atLeast: least, listed, 0..<found, into: &kept, lower: &lower)
    for place in 0..<count where lower[place] >= bounds.threshold {
      let row = Int(kept[place])
      guard exclude.isEmpty || !exclude.contains(ItemID(ids[row])) else { continue }
      let address = RowAddress(block: position, row: row)
      let entry = TopCandidates.Entry(score: lower[place], id: UInt64(address.rawValue), row: address)
      if bounds.wants(entry) { bounds.add(entry) }
    }
  }

  /// Brings the score up to all that was seen.
  ///
  /// - Returns: the rows that made it, at most as many as were wanted.
  mutating func finish() -> [RowAddress] { bounds.best().map(\.row) }
}
