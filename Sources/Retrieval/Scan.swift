import Bytes
import Kernels
import Vocabulary

/// One query on its way through the blocks of a snapshot.
///
/// A visit to a block is `enter`, then, if that asks for it, a scan of the block's codes by whoever drives the scans
/// of one or several queries, and `take` with what the codes let through.
struct Scan {
  private let kernels: KernelSet
  private let snapshot: Snapshot
  private let query: SearchQuery
  private let vector: PaddedVector
  /// `nil` if the query is too small for codes.
  let codeQuery: CodeQuery?
  private let filter: CompiledFilter?
  private let after: TopCandidates.Entry?
  private var top: TopCandidates
  private var outcome = SearchOutcome()
  private var scores = [Float](repeating: 0, count: Block.rowsMax)
  private var picked: [UInt32] = []
  private var selected = [UInt32](repeating: 0, count: Block.rowsMax)
  /// Rows of the block just entered that pass the mask and the filter.
  private var rows = RowBits(capacity: 0)

  /// From this part of a block's rows on, scoring all of them in a row is faster than picking.
  private static let dense = 2
  /// Up to so many rows of a block are scored at once; to scan the codes of all would cost more.
  private static let sparseMax = 32

  init(kernels: KernelSet, snapshot: Snapshot, query: SearchQuery) {
    self.kernels = kernels
    self.snapshot = snapshot
    self.query = query
    vector = PaddedVector(query.vector)
    codeQuery = CodeQuery(query.vector, rotation: snapshot.rotation, kernels: kernels)
    filter = query.filter.map { CompiledFilter($0, keywords: snapshot.keywords) }
    after = query.after.map {
      TopCandidates.Entry(score: $0.score.value, id: $0.itemID.rawValue, row: RowAddress(rawValue: 0))
    }
    top = TopCandidates(limit: query.limit)
  }

  /// Whether a block was left out.
  var isStopped: Bool { !outcome.isComplete }

  /// Scores below this one are out.
  var threshold: Float { top.threshold }

  /// Counts a block's rows and, unless stopped, scores them or asks for a scan of the block's codes.
  ///
  /// - Returns: whether the caller must scan the codes, with `codeQuery` and `threshold`, and then call `take`.
  mutating func enter(_ position: Int, isStopped: Bool) -> Bool {
    let view = snapshot.views[position]
    rows = view.alive
    var owned = view.aliveCount
    if let mask = query.mask {
      view.block.ids.withSpan(0..<view.rowCount) { mask.restrict(&rows, block: view.block.serial, ids: $0) }
      // Whatever the mask did, a dead row stays dead.
      rows.formIntersection(view.alive)
      owned = rows.count
    }
    outcome.ownedCount += owned
    outcome.maskedCount += view.aliveCount - owned
    guard !isStopped else {
      outcome.isComplete = outcome.isComplete && owned == 0
      return false
    }
    outcome.scannedCount += owned
    var passed = owned
    if let filter, owned > 0 {
      rows.formIntersection(filter.rows(of: view))
      passed = rows.count
    }
    outcome.passedCount += passed
    guard passed > 0 else { return false }
    if view.encoded != nil, codeQuery != nil, passed > Self.sparseMax { return true }
    if passed * Self.dense >= view.rowCount {
      scoreAll(view, position)
    } else {
      picked.removeAll(keepingCapacity: true)
      rows.forEach { picked.append(UInt32($0)) }
      scorePicked(view, position)
    }
    return false
  }

  /// Takes the rows of the block just entered that its codes let through, as bits of 16 words.
  mutating func take(_ position: Int, _ codes: CodeBlock, reached: ArraySlice<UInt64>) {
    picked.removeAll(keepingCapacity: true)
    for (word, bits) in rows.words.enumerated() {
      var rest = reached[reached.startIndex + word] & bits
      while rest != 0 {
        picked.append(UInt32(word * 64 + rest.trailingZeroBitCount))
        rest &= rest - 1
      }
    }
    guard !picked.isEmpty, let codeQuery else { return }
    kernels.refine(codes, codeQuery, atLeast: top.threshold, rows: &picked)
    guard !picked.isEmpty else { return }
    scorePicked(snapshot.views[position], position)
  }

  mutating func finish() -> SearchOutcome {
    let entries = top.finish()
    outcome.candidates = entries.compactMap { entry in
      Score(entry.score).map { Candidate(score: $0, itemID: ItemID(entry.id)) }
    }
    outcome.rows = entries.map(\.row)
    return outcome
  }

  private mutating func scoreAll(_ view: BlockView, _ position: Int) {
    kernels.dots(vector, view.block.embeddings, rows: 0..<view.rowCount, into: &scores)
    let count = kernels.select(
      scores: scores, count: view.rowCount, atLeast: top.threshold, mask: rows.words, into: &selected)
    for place in 0..<count {
      let row = Int(selected[place])
      offer(scores[row], row, view, position)
    }
  }

  private mutating func scorePicked(_ view: BlockView, _ position: Int) {
    kernels.dots(vector, view.block.embeddings, rows: picked, into: &scores)
    for (place, row) in picked.enumerated() where scores[place] >= top.threshold {
      offer(scores[place], Int(row), view, position)
    }
  }

  /// Only rows that reach the threshold come here, so the page's start and the exclusions cost little.
  private mutating func offer(_ score: Float, _ row: Int, _ view: BlockView, _ position: Int) {
    let entry = TopCandidates.Entry(
      score: score, id: view.block.ids[row], row: RowAddress(block: position, row: row))
    if let after, !(after < entry) { return }
    guard top.wants(entry), !query.exclude.contains(ItemID(entry.id)) else { return }
    top.add(entry)
  }
}
