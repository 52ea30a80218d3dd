import Bytes
import Kernels
import Vocabulary

/// One query on its way through the blocks of a snapshot.
struct Scan {
  private let kernels: KernelSet
  private let snapshot: Snapshot
  private let query: SearchQuery
  private let vector: PaddedVector
  private let filter: CompiledFilter?
  private let after: TopCandidates.Entry?
  private var top: TopCandidates
  private var outcome = SearchOutcome()
  private var scores = [Float](repeating: 0, count: Block.rowsMax)
  private var picked: [UInt32] = []
  private var selected = [UInt32](repeating: 0, count: Block.rowsMax)

  /// From this part of a block's rows on, scoring all of them in a row is faster than picking.
  private static let dense = 2

  init(kernels: KernelSet, snapshot: Snapshot, query: SearchQuery) {
    self.kernels = kernels
    self.snapshot = snapshot
    self.query = query
    vector = PaddedVector(query.vector)
    filter = query.filter.map { CompiledFilter($0, keywords: snapshot.keywords) }
    after = query.after.map {
      TopCandidates.Entry(score: $0.score.value, id: $0.itemID.rawValue, row: RowAddress(rawValue: 0))
    }
    top = TopCandidates(limit: query.limit)
  }

  /// Whether a block was left out.
  var isStopped: Bool { !outcome.isComplete }

  /// Scores a block's rows, or, stopped, only counts those that are owned.
  mutating func visit(_ position: Int, isStopped: Bool) {
    let view = snapshot.views[position]
    var rows = view.alive
    if let mask = query.mask {
      view.block.ids.withSpan(0..<view.rowCount) { mask.restrict(&rows, block: view.block.serial, ids: $0) }
      // Whatever the mask did, a dead row stays dead.
      rows.formIntersection(view.alive)
    }
    let owned = query.mask == nil ? view.aliveCount : rows.count
    outcome.ownedCount += owned
    outcome.maskedCount += view.aliveCount - owned
    guard !isStopped else {
      outcome.isComplete = outcome.isComplete && owned == 0
      return
    }
    outcome.scannedCount += owned
    var passed = owned
    if let filter, owned > 0 {
      rows.formIntersection(filter.rows(of: view))
      passed = rows.count
    }
    outcome.passedCount += passed
    guard passed > 0 else { return }
    if passed * Self.dense >= view.rowCount {
      scoreAll(view, position, rows)
    } else {
      scorePicked(view, position, rows)
    }
  }

  mutating func finish() -> SearchOutcome {
    let entries = top.finish()
    outcome.candidates = entries.compactMap { entry in
      Score(entry.score).map { Candidate(score: $0, itemID: ItemID(entry.id)) }
    }
    outcome.rows = entries.map(\.row)
    return outcome
  }

  private mutating func scoreAll(_ view: BlockView, _ position: Int, _ rows: RowBits) {
    kernels.dots(vector, view.block.embeddings, rows: 0..<view.rowCount, into: &scores)
    let count = kernels.select(
      scores: scores, count: view.rowCount, atLeast: top.threshold, mask: rows.words, into: &selected)
    for place in 0..<count {
      let row = Int(selected[place])
      offer(scores[row], row, view, position)
    }
  }

  private mutating func scorePicked(_ view: BlockView, _ position: Int, _ rows: RowBits) {
    picked.removeAll(keepingCapacity: true)
    rows.forEach { picked.append(UInt32($0)) }
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
