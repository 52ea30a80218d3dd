/// The most frequent keys of every prefix that many have, found before they are asked for: an answer takes the same time
/// for one letter as for ten.
struct MostOfPrefix: Sendable {
  /// Ranges with more keys have their answer in the table, others are gone through.
  private static let rangeMax = 512

  /// By the range of places: its first in the high half, its end in the low one.
  private var table: [UInt64: [UInt32]] = [:]

  init(_ keys: WordList) {
    var open: [(range: Range<Int>, depth: Int)] = [(0..<keys.count, 0)]
    while let (range, depth) = open.popLast() {
      guard range.count > Self.rangeMax else { continue }
      table[Self.name(range)] = Self.most(keys, range)
      // The keys are sorted, so that what the first and the last share is shared by all.
      let (first, last) = (keys.utf8(range.lowerBound), keys.utf8(range.upperBound - 1))
      let common = depth + zip(first.dropFirst(depth), last.dropFirst(depth)).prefix { $0 == $1 }.count
      var start = range.lowerBound
      while start < range.upperBound {
        let prefix = keys.utf8(start).prefix(common + 1)
        let end = max(start + 1, keys.places(beginningWith: Array(prefix)).upperBound)
        // A key that is the common beginning itself stands alone before the others.
        let isWhole = prefix.count == common
        open.append((start..<(isWhole ? start + 1 : end), common + 1))
        start = isWhole ? start + 1 : end
      }
    }
  }

  /// The most frequent keys of a range, these first.
  func places(_ keys: WordList, _ range: Range<Int>) -> [Int] {
    (table[Self.name(range)] ?? Self.most(keys, range)).map(Int.init)
  }

  private static func name(_ range: Range<Int>) -> UInt64 {
    UInt64(range.lowerBound) << 32 | UInt64(range.upperBound)
  }

  private static func most(_ keys: WordList, _ range: Range<Int>) -> [UInt32] {
    // Places ascend, so a later one of an equal count goes behind.
    var most: [UInt32] = []
    for place in range {
      let count = keys.counts[place]
      if most.count == Suggestions.matchesMax {
        guard let last = most.last, keys.counts[Int(last)] < count else { continue }
        most.removeLast()
      }
      var (low, high) = (0, most.count)
      while low < high {
        let middle = (low + high) / 2
        if keys.counts[Int(most[middle])] >= count { low = middle + 1 } else { high = middle }
      }
      most.insert(UInt32(place), at: low)
    }
    return most
  }
}
