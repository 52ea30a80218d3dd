internal import CKernels

/// Runs of neighbouring words of 64 rows that lie by one direction, of several blocks: what is known of all words of a
/// run, so that a search asks of few words what they may reach. The rows of a block that do not lie by direction are one
/// run of all its words.
package struct WordRuns: Sendable {
  /// How far the rows of a run reach: the greatest norm, the ends along its direction, and the greatest norm across.
  private struct Run: Sendable {
    var norm: Float = 0, most = -Float.infinity, least = Float.infinity, across: Float = 0
    /// Its direction among those of all lists; 0 if it has none.
    let direction: Int

    mutating func add(_ word: CodeBlock.Extent) {
      (norm, across) = (max(norm, word.norm), max(across, word.across))
      (most, least) = (max(most, word.most), min(least, word.least))
    }
  }

  /// The lists of directions of the blocks, each once, and the number of the first direction of each list.
  private var lists: [(directions: Directions, first: Int)] = []
  private var runs: [Run] = []
  /// Where the runs of each block end.
  private var ends: [Int] = []
  /// Where in memory lies what is known of the words of each block, and how many bytes that are: only ever prefetched,
  /// so that the block itself need not be touched.
  private var places: [(address: UInt, byteCount: Int)] = []

  package init() {}

  /// How many runs there are.
  package var count: Int { runs.count }

  /// The runs of a block; none if it has no codes.
  package func runs(of block: Int) -> Range<Int> { (block > 0 ? ends[block - 1] : 0)..<ends[block] }

  /// Adds a block, with its codes if it has some.
  package mutating func append(_ codes: CodeBlock?) {
    if let codes {
      let first = codes.directions.map { self.first(of: $0) }
      var last: Int?
      for word in 0..<codes.rowCount / 64 {
        let extent = codes.extent(of: word)
        let direction = first.map { $0 + extent.direction } ?? 0
        if direction != last { runs.append(Run(direction: direction)) }
        runs[runs.count - 1].add(extent)
        last = direction
      }
    }
    ends.append(runs.count)
    places.append(codes?.wordPlace ?? (0, 0))
  }

  /// Asks the memory for what is known of the words of a block, if there is one.
  package func prefetch(block: Int) {
    guard places.indices.contains(block) else { return }
    // SAFETY: a prefetch reads nothing, and an address that is none does no harm.
    if let words = unsafe UnsafePointer<Float>(bitPattern: places[block].address) {
      unsafe wk_prefetch(words, places[block].byteCount / 4)
    }
  }

  private mutating func first(of directions: Directions) -> Int {
    if let known = lists.first(where: { $0.directions === directions }) { return known.first }
    let first = lists.last.map { $0.first + $0.directions.count } ?? 1
    lists.append((directions, first))
    return first
  }

  /// What a query says of the directions of all blocks.
  ///
  /// - Complexity: O(directions · d).
  package func directed(_ query: CodeQuery, kernels: KernelSet) -> [DirectedQuery] {
    lists.map { query.directed(by: $0.directions, kernels: kernels) }
  }

  /// What the rows of each run may reach at most, in the query's units, and what the best of them is likely to reach:
  /// see `KernelSet.bound`, which says the same of one word.
  ///
  /// - Parameter directed: What the query says of the directions.
  package func bounds(_ query: CodeQuery, _ directed: [DirectedQuery]) -> (bounds: [Float], hopes: [Float]) {
    let (error, slack) = query.wordCoefficients
    let spread = KernelSet.spread(query.width)
    // Where there is no direction, a row is all across.
    let along = directed.reduce(into: [0]) { $0 += $1.along.values }
    let beside = directed.reduce(into: [error]) { $0 += $1.across.values }
    var bounds: [Float] = [], hopes: [Float] = []
    bounds.reserveCapacity(runs.count)
    hopes.reserveCapacity(runs.count)
    for run in runs {
      let p = along[run.direction]
      let (part, rest) = (max(p * run.most, p * run.least), beside[run.direction] * run.across)
      bounds.append(min(error * run.norm, part + rest + slack * run.norm))
      hopes.append(part + spread * rest)
    }
    return (bounds, hopes)
  }
}
