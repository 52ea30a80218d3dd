import Bytes
import Kernels
import Vocabulary

/// One query on its way through the blocks of a snapshot.
///
/// A visit to a block is `enter`, then, if that returns codes, a scan of them by whoever drives the scans of one or
/// several queries, and `take` with what it reached.
struct Scan: Sendable {
  private let kernels: KernelSet
  private let watch: SearchPhase.Watch?
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
  private var picked = [UInt32](repeating: 0, count: Block.rowsMax)
  /// Rows of the block just entered that pass the mask and the filter; `nil` if all do.
  private var rows: RowBits?

  /// From this part of a block's rows on, scoring all of them in a row is faster than picking.
  private static let dense = 2
  /// Below this part of a block's rows their 8-bit codes are looked at one by one, without a scan of all 4-bit codes.
  private static let scattered = 8
  /// Where the threshold is still low, more rows than this are left of a block. They are taken in parts of so many words,
  /// so that those taken first raise it for the rest.
  private static let manyRows = 512, partWords = 4

  init(
    kernels: KernelSet, snapshot: Snapshot, query: SearchQuery, watch: SearchPhase.Watch? = nil
  ) throws(VectorError) {
    precondition((1...Limits.searchLimitMax).contains(query.limit))
    try VectorError.check(query.vector, dimension: snapshot.schema.embeddingDimension)
    self.kernels = kernels
    self.watch = watch
    self.snapshot = snapshot
    self.query = query
    vector = PaddedVector(query.vector)
    codeQuery = CodeQuery(query.vector, rotation: snapshot.rotation, kernels: kernels)
    filter = query.filter.map { CompiledFilter($0, keywords: snapshot.keywords, kernels: kernels) }
    after = query.after.map {
      TopCandidates.Entry(score: $0.score.value, id: $0.itemID.rawValue, row: RowAddress(rawValue: 0))
    }
    top = TopCandidates(limit: query.limit)
  }

  /// Whether the snapshot has a block at a position.
  func has(_ position: Int) -> Bool { position < snapshot.views.count }

  /// Counts the rows of the next `count` blocks, round and round, as owned but not scanned.
  mutating func countRest(after position: Int, _ count: Int) {
    for step in 0..<count { _ = enter((position + 1 + step) % snapshot.views.count, isStopped: true) }
  }

  /// Whether a block was left out.
  var isStopped: Bool { !outcome.isComplete }

  /// Scores below this one are out, as others in the same search have found.
  var floor = -Float.infinity

  /// Scores below this one are out.
  var threshold: Float { max(top.threshold, floor) }

  /// Takes a block by itself: enters, scans and takes.
  mutating func visit(_ position: Int, isStopped: Bool, _ reached: inout [UInt64]) {
    guard let codes = enter(position, isStopped: isStopped), let codeQuery else { return }
    if reached.count < codes.rowCount / 64 { reached = [UInt64](repeating: 0, count: Block.rowsMax / 64) }
    kernels.scan(codes, [codeQuery], atLeast: [threshold], into: &reached)
    watch?(.scan, codes.rowCount)
    take(position, codes, reached: reached[..<(codes.rowCount / 64)])
  }

  /// Counts a block's rows and, unless stopped, scores them or asks for a scan of the block's codes.
  ///
  /// - Returns: the codes that the caller must scan, with `codeQuery` and `threshold`, before it calls `take`.
  mutating func enter(_ position: Int, isStopped: Bool) -> CodeBlock? {
    // Fields one by one: a copy of the view would touch the counts of all that it refers to.
    let (alive, written) = (snapshot.views[position].aliveCount, snapshot.views[position].rowCount)
    guard alive > 0 else { return nil }
    rows = alive == written ? nil : snapshot.views[position].alive
    var owned = alive
    if let mask = query.mask {
      owned = restrict(position, mask)
    }
    outcome.ownedCount += owned
    outcome.maskedCount += alive - owned
    guard !isStopped else {
      outcome.isComplete = outcome.isComplete && owned == 0
      return nil
    }
    outcome.scannedCount += owned
    var passed = owned
    if let filter, owned > 0 {
      passed = pass(position, filter)
    }
    outcome.passedCount += passed
    watch?(.filter, alive)
    guard passed > 0 else { return nil }
    guard codeQuery != nil, let codes = snapshot.views[position].encoded else {
      score(position, passed: passed)
      return nil
    }
    if let rows, passed * Self.scattered < codes.rowCount {
      take(position, codes, reached: rows.words[...])
      return nil
    }
    return codes
  }

  private mutating func restrict(_ position: Int, _ mask: any RowMask) -> Int {
    let view = snapshot.views[position]
    var admitted = view.alive
    view.block.ids.withSpan(0..<view.rowCount) { mask.restrict(&admitted, block: view.block.serial, ids: $0) }
    // Whatever the mask did, a dead row stays dead.
    admitted.formIntersection(view.alive)
    rows = admitted
    return admitted.count
  }

  private mutating func pass(_ position: Int, _ filter: CompiledFilter) -> Int {
    let view: FilteredBlock
    if let lists = snapshot.views[position].lists {
      view = .listed(lists)
    } else {
      view = .plain(snapshot.views[position])
    }
    var passing = filter.rows(of: view)
    if let rows { passing.formIntersection(rows) }
    rows = passing
    return passing.count
  }

  /// Takes what a scan of the codes of the block just entered reached, a word for 64 rows.
  mutating func take(_ position: Int, _ codes: CodeBlock, reached: ArraySlice<UInt64>) {
    guard let codeQuery else { return }
    let many = reached.reduce(0) { $0 + $1.nonzeroBitCount } > Self.manyRows
    let step = many ? Self.partWords : reached.count
    for start in stride(from: 0, to: reached.count, by: step) {
      let part = reached.dropFirst(start).prefix(step)
      let count = kernels.refine(
        codes, codeQuery, atLeast: threshold, reached: part, from: start, mask: rows?.words, into: &picked)
      if let watch { watch(.refinement, part.reduce(0) { $0 + $1.nonzeroBitCount }) }
      if count > 0 { scorePicked(count, snapshot.views[position].block, position) }
    }
  }

  mutating func finish() -> SearchOutcome {
    let entries = top.finish()
    watch?(.selection, 0)
    outcome.candidates = entries.compactMap { entry in
      Score(entry.score).map { Candidate(score: $0, itemID: ItemID(entry.id)) }
    }
    outcome.rows = entries.map(\.row)
    return outcome
  }

  /// Scores the rows of a block in float32.
  private mutating func score(_ position: Int, passed: Int) {
    let block = snapshot.views[position].block
    let written = snapshot.views[position].rowCount
    if passed * Self.dense >= written {
      kernels.dots(vector, block.embeddings, rows: 0..<written, into: &scores)
      watch?(.scores, written)
      let count = kernels.select(
        scores: scores, count: written, atLeast: threshold, mask: rows?.words, into: &picked)
      for place in 0..<count {
        let row = Int(picked[place])
        offer(scores[row], row, block, position)
      }
      watch?(.selection, count)
    } else if let rows {
      var count = 0
      rows.forEach {
        picked[count] = UInt32($0)
        count += 1
      }
      scorePicked(count, block, position)
    }
  }

  private mutating func scorePicked(_ count: Int, _ block: Block, _ position: Int) {
    // The ids lie elsewhere: they are on their way while the scores are computed.
    block.ids.prefetch(picked, count: count)
    kernels.dots(vector, block.embeddings, rows: picked, count: count, into: &scores)
    watch?(.scores, count)
    for place in 0..<count where scores[place] >= threshold {
      offer(scores[place], Int(picked[place]), block, position)
    }
    watch?(.selection, count)
  }

  /// Only rows that reach the threshold come here, so the page's start and the exclusions cost little.
  private mutating func offer(_ score: Float, _ row: Int, _ block: Block, _ position: Int) {
    let entry = TopCandidates.Entry(score: score, id: block.ids[row], row: RowAddress(block: position, row: row))
    if let after, !(after < entry) { return }
    guard top.wants(entry), !query.exclude.contains(ItemID(entry.id)) else { return }
    top.add(entry)
  }
}
