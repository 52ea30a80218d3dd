import Kernels

/// What the rows of each word of 64 of a snapshot may reach for one query, at most: which of them a search must look at.
struct WordBounds: Sendable {
  private let kernels: KernelSet
  private let query: CodeQuery
  /// In the query's units, `wordsEach` a block; −∞ beyond the words of a block, and for a block without codes.
  private var bounds: [Float]
  /// What the best row of each word is likely to reach.
  private var hopes: [Float]

  private static let wordsEach = Block.rowsMax / 64

  /// - Complexity: O(words + directions · d).
  init(_ query: CodeQuery, of snapshot: Snapshot, kernels: KernelSet) {
    self.kernels = kernels
    self.query = query
    bounds = [Float](repeating: -.infinity, count: snapshot.views.count * Self.wordsEach)
    hopes = bounds
    var seen: [DirectedQuery] = []
    var directed: DirectedQuery?
    for position in snapshot.views.indices {
      guard let codes = snapshot.views[position].encoded else { continue }
      // Blocks of the same directions stand together.
      if let directions = codes.directions, directed?.directions !== directions {
        directed = seen.first { $0.directions === directions } ?? query.directed(by: directions, kernels: kernels)
        if let directed { seen.append(directed) }
      }
      kernels.bound(
        codes, query, codes.directions == nil ? nil : directed, into: &bounds, &hopes,
        at: position * Self.wordsEach)
    }
  }

  /// The words of a block, a bit each, of which a row may reach a score.
  func words(_ position: Int, atLeast score: Float) -> UInt64 {
    let first = position * Self.wordsEach
    return kernels.words(bounds, first..<first + Self.wordsEach, atLeast: query.bound(atLeast: score))
  }

  /// The `count` words whose best rows are likely to be the best, about, as bits for each block.
  func likeliest(_ count: Int) -> [(position: Int, words: UInt64)] {
    guard let top = hopes.max(), top > 0x1p-100, count > 0 else { return [] }
    // Words of one bin are as good as each other.
    let scale = Float(Self.bins - 1) / top
    var counts = [Int](repeating: 0, count: Self.bins)
    var own = counts.mutableSpan
    for hope in hopes { own[Int(max(hope * scale, 0))] += 1 }
    var (bin, left) = (Self.bins - 1, count)
    while bin > 0, own[bin] < left {
      left -= own[bin]
      bin -= 1
    }
    left = 2 * count
    var chosen: [(position: Int, words: UInt64)] = []
    for position in 0..<hopes.count / Self.wordsEach where left > 0 {
      let first = position * Self.wordsEach
      let words = kernels.words(hopes, first..<first + Self.wordsEach, atLeast: Float(bin) / scale)
      guard words != 0 else { continue }
      left -= words.nonzeroBitCount
      chosen.append((position, words))
    }
    return chosen
  }

  private static let bins = 1024
}
