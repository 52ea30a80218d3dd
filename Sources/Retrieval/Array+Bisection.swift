extension Array where Element: Comparable {
  /// Whether ascending values have one that equals `wanted`.
  func bisects(_ wanted: Element) -> Bool {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < wanted { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == wanted
  }
}
