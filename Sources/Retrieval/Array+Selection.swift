extension Array where Element: Comparable {
  /// Puts the element of a rank at that place, smaller ones before it and greater ones behind it.
  @inline(__always)
  mutating func select(_ rank: Int) {
    var low = 0
    var high = count - 1
    var roundsLeft = 64
    while low < high {
      guard roundsLeft > 0 else {
        // Unlucky pivots: a sort bounds the work for all data (introselect, Musser 1997).
        self[low...high].sort()
        return
      }
      roundsLeft -= 1
      let pivot = Self.median(self[low], self[(low + high) / 2], self[high])
      let (i, j) = partition(low, high, by: pivot)
      if rank <= j {
        high = j
      } else if rank >= i {
        low = i
      } else {
        return
      }
    }
  }

  /// Moves elements from `low` through `high` that are no greater than `pivot` before those that are no smaller.
  ///
  /// - Returns: where the greater part begins and the smaller one ends; what lies between equals the pivot.
  @inline(__always)
  private mutating func partition(_ low: Int, _ high: Int, by pivot: Element) -> (Int, Int) {
    var (i, j) = (low, high)
    // One access for all swaps, without a look at who else refers to the array.
    var elements = mutableSpan
    while i <= j {
      while elements[i] < pivot { i += 1 }
      while pivot < elements[j] { j -= 1 }
      if i <= j {
        elements.swapAt(i, j)
        i += 1
        j -= 1
      }
    }
    return (i, j)
  }

  @inline(__always)
  private static func median(_ a: Element, _ b: Element, _ c: Element) -> Element {
    if a < b { return b < c ? b : a < c ? c : a }
    return a < c ? a : b < c ? c : b
  }
}
