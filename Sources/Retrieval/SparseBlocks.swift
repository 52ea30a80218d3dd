/// Positions of blocks that a table is about to empty, oldest first.
struct SparseBlocks {
  private var positions: [Int] = []
  private var start = 0

  var first: Int? { start < positions.count ? positions[start] : nil }

  mutating func append(_ position: Int) { positions.append(position) }

  /// Removes the first, in a time that does not grow with the number of those behind it.
  mutating func removeFirst() {
    start += 1
    guard start * 2 > positions.count else { return }
    positions.removeFirst(start)
    start = 0
  }
}
