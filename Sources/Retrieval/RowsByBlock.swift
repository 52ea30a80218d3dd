/// Rows of a snapshot put together by their blocks, so that what belongs to a block is looked up once for all of its rows.
struct RowsByBlock {
  /// Where each row stands in the list of rows, block by block.
  private let places: [Int]
  /// Where in `places` those of each block begin, and of one behind the last.
  private let starts: [Int]

  /// - Complexity: O(rows + blocks up to the last that has one).
  init(_ rows: [RowAddress]) {
    var starts = [Int](repeating: 0, count: (rows.map(\.block).max() ?? -1) + 2)
    for row in rows { starts[row.block + 1] += 1 }
    for block in starts.indices.dropFirst() { starts[block] += starts[block - 1] }
    var next = starts
    var places = [Int](repeating: 0, count: rows.count)
    for (place, row) in rows.enumerated() {
      places[next[row.block]] = place
      next[row.block] += 1
    }
    (self.places, self.starts) = (places, starts)
  }

  /// Calls `body` with each block that has rows and where these stand in the list.
  @inline(__always)
  func forEach(_ body: (_ block: Int, _ places: ArraySlice<Int>) -> Void) {
    for block in 0..<starts.count - 1 where starts[block] < starts[block + 1] {
      body(block, places[starts[block]..<starts[block + 1]])
    }
  }
}
