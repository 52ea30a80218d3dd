import Bytes
import Kernels
import Vocabulary

/// The score that a search begins with: as many rows as it wants are known to reach it, among those of the words that
/// are likely to have the best.
///
/// Few others do: those are met later, and most of them by no more than a look at the bound of their word.
struct FirstThreshold: Sendable {
  /// How much is looked at: rows in all, rows for each candidate wanted, and at most this part of the rows of a table.
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

  /// How many rows to look at; `nil` if a table is too small for it.
  static func wanted(limit: Int, of snapshot: Snapshot) -> Int? {
    let wanted = min(rowsMin + rowsEach * limit, snapshot.count / part)
    return wanted >= 2 * limit ? wanted : nil
  }

  /// A score that as many rows as were wanted are known to reach; −∞ if fewer rows are known.
  var score: Float { bounds.threshold == -.infinity ? -.infinity : query.score(atLeast: bounds.threshold) }

  /// Looks at the rows of some words of a block, of those that the search may have.
  ///
  /// - Parameters:
  ///   - words: the words, a bit each.
  ///   - admitted: the rows that it may have.
  ///   - ids: the block's.
  mutating func look(
    at position: Int, _ codes: CodeBlock, words: UInt64, _ admitted: AdmittedRows, ids: SharedColumn<UInt64>
  ) {
    let least = score
    kernels.scan(codes, query, atLeast: least, words: words, into: &reached)
    let found = kernels.list(
      codes, reached: reached, words: 0..<codes.rowCount / 64, mask: admitted.rows?.words, into: &listed)
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
