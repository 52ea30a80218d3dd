extension LexicalLists {
  /// The places in runs of at most `rowsMax` rows, or of one block.
  func windows(of rowsMax: Int) -> [Range<Int>] {
    var windows: [Range<Int>] = []
    var start = 0
    while start < places.count {
      var end = start + 1
      while end < places.count, places[end].firstRow + places[end].block.capacity - places[start].firstRow <= rowsMax {
        end += 1
      }
      windows.append(start..<end)
      start = end
    }
    return windows
  }

  /// The first row of some places, and the end of the last one.
  static func rows(of places: ArraySlice<Place>) -> (first: Int, end: Int)? {
    guard let first = places.first, let last = places.last else { return nil }
    return (first.firstRow, last.firstRow + last.block.capacity)
  }
}
