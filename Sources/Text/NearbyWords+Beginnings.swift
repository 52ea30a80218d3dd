extension NearbyWords {
  /// A word of the list whose beginning is spelt nearly like another text.
  struct Beginning: Equatable {
    let place: Int
    /// Characters of the beginning: the fewest of least distance.
    let letters: Int
  }

  /// The words whose beginnings are of least cost within a distance, in the order of the list: for a text that is not
  /// finished.
  func nearestBeginnings(to text: [UInt32], within distance: Int) -> [Beginning] {
    let m = text.count
    guard m > 0, m <= Self.lettersMax else { return [] }
    let width = m + 1
    let far = distance + 1
    var table = [UInt8](repeating: UInt8(far), count: (Self.lettersMax + 1) * width)
    for j in 0...min(m, distance) { table[j] = UInt8(j) }
    // By row, the least distance of it and of the rows above, and where that is.
    var best = [(apart: Int, letters: Int)](repeating: (far, 0), count: Self.lettersMax + 1)
    var found: [Beginning] = []
    var least = far
    var (valid, dead) = (0, Int.max)
    for place in shared.indices {
      let common = Int(shared[place])
      let (first, end) = (Int(starts[place]), Int(starts[place + 1]))
      // What begins like a word that went too far away has the same best beginning.
      if common < dead {
        valid = min(valid, common)
        dead = Int.max
        let limit = min(distance, least)
        while valid < end - first {
          valid += 1
          let row = Self.fill(&table, valid, letters[first..<end], text, distance)
          // Only these rows reach the last column.
          let apart = abs(valid - m) <= distance ? Int(table[valid * width + m]) : far
          best[valid] = apart < best[valid - 1].apart ? (apart, valid) : best[valid - 1]
          if row > limit {
            dead = valid
            break
          }
        }
      }
      let (apart, count) = best[min(end - first, dead)]
      guard apart <= distance else { continue }
      let cost = apart + (letters[first] == text[0] ? 0 : 1)
      if cost < least || found.isEmpty {
        found = []
        least = cost
      }
      if cost == least { found.append(Beginning(place: place, letters: count)) }
    }
    return found
  }
}
