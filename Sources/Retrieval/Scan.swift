import Bytes
import Kernels
import Vocabulary

/// One query on its way through the blocks of a snapshot.
///
/// A visit to a block is `enter`, then, if that returns codes, a scan of them by the caller, which drives the scans of
/// one or several queries, and `take` with what it reached.
struct Scan: Sendable {
  private let kernels: KernelSet
  private let watch: SearchPhase.Watch?
  private let snapshot: Snapshot
  private let query: SearchQuery
  private let vector: PaddedVector
  /// `nil` if the query is too small for codes.
  let codeQuery: CodeQuery?
  private let admission: RowAdmission
  private let after: TopCandidates.Entry?
  private var top: TopCandidates
  private var outcome = SearchOutcome()
  private var scores = [Float](repeating: 0, count: Block.rowsMax)
  private var listed = [UInt32](repeating: 0, count: Block.rowsMax)
  private var picked = [UInt32](repeating: 0, count: Block.rowsMax)
  /// Rows of the block just entered that pass the mask and the filter; `nil` if all do.
  private var rows: RowBits?
  /// What the words of the blocks may reach; `nil` without codes.
  private(set) var bounds: WordBounds?
  /// The words of the block just entered that are looked at.
  private(set) var words: UInt64 = 0
  /// The rows that made the first threshold, and what it has already asked of blocks to come.
  private var longRows: [RowAddress] = []
  private var admitted: [AdmittedRows?] = []

  /// From this part of a block's rows on, scoring all of them in a row is faster than picking.
  private static let dense = 2
  /// Below this part of a block's rows their 8-bit codes are looked at one by one, without a scan of all 4-bit codes.
  private static let scattered = 8
  /// Where the threshold is still low, more rows than this are left of a block. The scan takes them in parts of this
  /// size, so that the first parts raise the threshold for the rest.
  private static let partRows = 256

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
    admission = RowAdmission(kernels: kernels, snapshot: snapshot, query: query)
    after = query.after.map {
      TopCandidates.Entry(score: $0.score.value, id: $0.itemID.rawValue, row: RowAddress(rawValue: 0))
    }
    top = TopCandidates(limit: query.limit)
  }

  /// Counts the rows of the next `count` blocks, round and round, as owned but not scanned.
  mutating func countRest(after position: Int, _ count: Int) {
    for step in 0..<count { _ = enter((position + 1 + step) % snapshot.views.count, isStopped: true) }
  }

  /// Whether a block was left out.
  var isStopped: Bool { !outcome.isComplete }

  /// Lower bound of the k-th best score, from the search's first threshold or from the other scans of it; rows below it
  /// are skipped.
  private(set) var floor = -Float.infinity

  /// Lower bound of the k-th best score; rows below it are skipped.
  var threshold: Float { max(top.threshold, floor) }

  /// Takes the first of the blocks that are left, tells those who share them the threshold and learns theirs.
  mutating func takeFirst(of blocks: BlocksLeft) -> Int? {
    floor = threshold
    return blocks.takeFirst(&floor)
  }

  /// The same with the last block.
  mutating func takeLast(of blocks: BlocksLeft) -> Int? {
    floor = threshold
    return blocks.takeLast(&floor)
  }

  /// Takes a block by itself: enters, scans and takes.
  ///
  /// - Parameter step: How far it is to the block that comes next.
  mutating func visit(_ position: Int, isStopped: Bool, step: Int, _ reached: inout [UInt64]) {
    let codes = enter(position, isStopped: isStopped)
    if !isStopped { prefetch(position + step) }
    guard let codes, let codeQuery else { return }
    if reached.count < codes.rowCount / 64 { reached = [UInt64](repeating: 0, count: Block.rowsMax / 64) }
    let scanned = kernels.scan(codes, codeQuery, atLeast: threshold, words: words, into: &reached)
    watch?(.scan, scanned)
    take(position, codes, reached: reached, words: 0..<codes.rowCount / 64)
  }

  /// Counts a block's rows and, unless stopped, scores them or asks for a scan of the block's codes.
  ///
  /// - Returns: the codes that the caller must scan, with `codeQuery`, `threshold` and `words`, before it calls `take`.
  mutating func enter(_ position: Int, isStopped: Bool) -> CodeBlock? {
    // Fields one by one: a copy of the view would touch the counts of all that it refers to.
    let alive = snapshot.views[position].aliveCount
    guard alive > 0 else { return nil }
    if !isStopped, admission.isOpen, bounds?.reaches(position, atLeast: threshold) == false {
      outcome.ownedCount += alive
      outcome.scannedCount += alive
      outcome.passedCount += alive
      watch?(.filter, alive)
      return nil
    }
    let admitted = takeAdmitted(position) ?? admission.admit(position, filtering: !isStopped)
    outcome.ownedCount += admitted.owned
    outcome.maskedCount += alive - admitted.owned
    guard !isStopped else {
      outcome.isComplete = outcome.isComplete && admitted.owned == 0
      return nil
    }
    outcome.scannedCount += admitted.owned
    rows = admitted.rows
    let passed = admitted.passed
    outcome.passedCount += passed
    watch?(.filter, alive)
    guard passed > 0 else { return nil }
    guard bounds != nil, let codes = snapshot.views[position].encoded else {
      score(position, passed: passed)
      return nil
    }
    let least = threshold
    words = bounds?.words(position, codes, atLeast: least) ?? 0
    guard words != 0 else { return nil }
    if let rows, passed * Self.scattered < codes.rowCount {
      take(position, codes, kernels.list(codes, words: words, rows: rows.words, into: &listed))
      return nil
    }
    return codes
  }

  private mutating func takeAdmitted(_ position: Int) -> AdmittedRows? {
    guard position < admitted.count else { return nil }
    defer { admitted[position] = nil }
    return admitted[position]
  }

  /// Learns what the words of the blocks may reach, which another scan of the same search may know.
  mutating func measure(_ known: WordBounds? = nil) {
    bounds = known ?? codeQuery.map { WordBounds($0, of: snapshot, kernels: kernels) }
  }

  /// Sets the floor by a look at the words that are likely to have the best rows.
  mutating func begin(shouldStop: () -> Bool = { false }) {
    measure()
    guard let codeQuery, after == nil else { return }
    guard let wanted = FirstThreshold.wanted(limit: query.limit, of: snapshot) else { return }
    var share = 1.0
    if !admission.isOpen {
      guard let passing = admitAll(shouldStop) else { return }
      share = passing
    }
    var first = FirstThreshold(kernels: kernels, query: codeQuery, limit: query.limit, exclude: query.exclude)
    let items = snapshot
    let chosen = bounds?.likeliest(Int(Double(wanted / 64) / share) + 1, of: items) ?? []
    for (place, (position, words)) in chosen.enumerated() {
      guard !shouldStop() else { return }
      if place + 1 < chosen.count { prefetch(chosen[place + 1].position, words: chosen[place + 1].words) }
      guard let codes = snapshot.views[position].encoded else { continue }
      let admitted = position < admitted.count ? admitted[position] : nil
      first.look(
        at: position, codes, words: words, admitted ?? admission.admit(position),
        ids: snapshot.views[position].block.ids)
    }
    longRows = first.finish()
    floor = max(floor, first.score)
    watch?(.begin, chosen.reduce(0) { $0 + 64 * $1.words.nonzeroBitCount })
  }

  /// Asks the mask and the filter for the rows of all blocks.
  ///
  /// - Returns: The share of the rows that pass; `nil` if too few do for a threshold that is worth its price.
  private mutating func admitAll(_ shouldStop: () -> Bool) -> Double? {
    admitted = [AdmittedRows?](repeating: nil, count: snapshot.views.count)
    var (passed, rows) = (0, 0)
    for position in snapshot.views.indices {
      guard !shouldStop() else { return nil }
      guard let codes = snapshot.views[position].encoded else { continue }
      let here = admission.admit(position)
      admitted[position] = here
      passed += here.passed
      rows += codes.rowCount
      guard passed * Self.scattered >= rows else { return nil }
    }
    return rows > 0 ? Double(passed) / Double(rows) : nil
  }

  /// Asks the memory for the codes that a scan of a block, if there is one, will read first.
  ///
  /// It changes nothing; as it is, a caller that has the scan in an array does not copy it.
  mutating func prefetch(_ position: Int) {
    let least = threshold
    guard snapshot.views.indices.contains(position), bounds?.reaches(position, atLeast: least) == true,
      let codes = snapshot.views[position].encoded
    else { return }
    codes.prefetch(words: bounds?.words(position, codes, atLeast: least) ?? 0)
  }

  private mutating func prefetch(_ position: Int, words: UInt64) {
    if words != 0 { snapshot.views[position].encoded?.prefetch(words: words) }
  }

  /// Takes what a scan of the codes of the block just entered reached: these words, one for 64 places.
  mutating func take(_ position: Int, _ codes: CodeBlock, reached: [UInt64], words: Range<Int>) {
    take(position, codes, kernels.list(codes, reached: reached, words: words, mask: rows?.words, into: &listed))
  }

  /// Takes `count` of the rows listed.
  private mutating func take(_ position: Int, _ codes: CodeBlock, _ count: Int) {
    guard let codeQuery else { return }
    var first = 0
    while first < count {
      let part = first..<min(first + Self.partRows, count)
      let left = kernels.refine(
        codes, codeQuery, atLeast: threshold, listed, part, into: &picked, lower: &scores)
      watch?(.refinement, part.count)
      if left > 0 { scorePicked(left, snapshot.views[position].block, position) }
      first = part.upperBound
    }
  }

  mutating func finish() -> SearchOutcome {
    if !outcome.isComplete { addLongRows() }
    let entries = top.finish()
    watch?(.selection, 0)
    outcome.candidates = entries.compactMap { entry in
      Score(entry.score).map { Candidate(score: $0, itemID: ItemID(entry.id)) }
    }
    outcome.rows = entries.map(\.row)
    return outcome
  }

  /// The floor kept rows out that are among the best of those scanned; in their place come those that made it.
  private mutating func addLongRows() {
    let found = Set(top.best().map(\.row))
    for address in longRows where !found.contains(address) {
      let block = snapshot.views[address.block].block
      let score = kernels.dot(vector, block.embeddings, row: address.row)
      offer(score, address.row, block, address.block)
    }
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
