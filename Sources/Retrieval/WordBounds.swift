import Kernels

/// What the rows of each word of 64 of a snapshot may reach for one query, at most: which of them a search must look at.
///
/// Of a run of words that lie by one direction it knows this at once; of a word, when a run of its block may matter.
struct WordBounds: Sendable {
  private let kernels: KernelSet
  private let query: CodeQuery
  private let runs: WordRuns
  private let directed: [DirectedQuery]
  /// What each run may reach in the query's units, and what its best row is likely to reach.
  private let bounds, hopes: [Float]
  /// The block whose words were asked for last, and the same of each of its words.
  private var measured: Int?
  private var wordBounds = [Float](repeating: 0, count: Block.rowsMax / 64)
  private var wordHopes = [Float](repeating: 0, count: Block.rowsMax / 64)

  /// - Complexity: O(runs + directions · d).
  init(_ query: CodeQuery, of snapshot: Snapshot, kernels: KernelSet) {
    (self.kernels, self.query, runs) = (kernels, query, snapshot.runs)
    directed = runs.directed(query, kernels: kernels)
    (bounds, hopes) = runs.bounds(query, directed)
  }

  /// Whether a row of a block may reach a score; if the block has no codes, it may.
  func reaches(_ position: Int, atLeast score: Float) -> Bool {
    let own = runs.runs(of: position)
    let least = query.bound(atLeast: score)
    return own.isEmpty || own.contains { bounds[$0] >= least }
  }

  /// The words of a block, a bit each, of which a row may reach a score.
  mutating func words(_ position: Int, _ codes: CodeBlock, atLeast score: Float) -> UInt64 {
    let least = query.bound(atLeast: score)
    if measured != position { measure(position, codes) }
    return kernels.words(wordBounds, 0..<codes.rowCount / 64, atLeast: least)
  }

  /// About `count` words whose best rows are likely to be the best, as bits for each block.
  mutating func likeliest(_ count: Int, of snapshot: Snapshot) -> [(position: Int, words: UInt64)] {
    // The best words are in the best runs; those of a run that come later are worse than its first.
    guard let least = leastHope(ofBest: count / Self.wordsEach + 1) else { return [] }
    var left = 2 * count
    var chosen: [(position: Int, words: UInt64)] = []
    for position in snapshot.views.indices where left > 0 {
      guard runs.runs(of: position).contains(where: { hopes[$0] >= least }),
        let codes = snapshot.views[position].encoded
      else { continue }
      measure(position, codes)
      let words = kernels.words(wordHopes, 0..<codes.rowCount / 64, atLeast: least)
      guard words != 0 else { continue }
      left -= words.nonzeroBitCount
      chosen.append((position, words))
    }
    measured = nil
    return chosen
  }

  /// How many words of one of the best runs are as good as the worst of these runs, about.
  private static let wordsEach = 2

  /// What the worst of the `count` runs that are likely to have the best rows is likely to reach.
  private func leastHope(ofBest count: Int) -> Float? {
    guard let top = hopes.max(), top > 0x1p-100 else { return nil }
    // Runs of one bin are as good as each other.
    let scale = Float(Self.bins - 1) / top
    var counts = [Int](repeating: 0, count: Self.bins)
    for hope in hopes { counts[Int(max(hope * scale, 0))] += 1 }
    var (bin, left) = (Self.bins - 1, count)
    while bin > 0, counts[bin] < left {
      left -= counts[bin]
      bin -= 1
    }
    return Float(bin) / scale
  }

  private static let bins = 1024

  /// Measures all words of a block: what its runs rule out, their words do too.
  private mutating func measure(_ position: Int, _ codes: CodeBlock) {
    // Searches go forwards, their helpers backwards.
    runs.prefetch(block: position + (measured.map { position < $0 } ?? false ? -1 : 1))
    measured = position
    let own = codes.directions.flatMap { directions in directed.first { $0.directions === directions } }
    kernels.bound(codes, query, own, words: 0..<codes.rowCount / 64, into: &wordBounds, &wordHopes)
  }
}
