import DataSets
import Towers
import Vocabulary

/// Histories cut into windows: events that a tower reads end to end, each followed by the one to be foretold.
struct HistoryWindows {
  /// Events `start..<start + count` of a user are read, and those one later foretold.
  struct Window: Sendable {
    let user: UInt32
    let start: Int
    let count: Int
  }

  private static let sumLengthMax = 256
  let windows: [Window]
  /// The longest that a window may be.
  let lengthMax: Int

  /// Cuts from the end, so that the latest window of each user is whole.
  init(_ histories: Histories, _ shape: TowerShape) {
    // The decayed sum has no end; what it forgets beyond this length no float32 holds at usual decays.
    lengthMax = shape.encoder == .sum ? Self.sumLengthMax : shape.length
    var windows: [Window] = []
    for user in 0..<histories.userCount {
      var end = histories[user].count - 1
      while end > 0 {
        let count = min(end, lengthMax)
        windows.append(Window(user: UInt32(user), start: end - count, count: count))
        end -= count
      }
    }
    self.windows = windows
  }

  /// The windows of an epoch's steps in a drawn order: each step has as many as foretell at most `size` events, but one at
  /// least.
  func steps(_ random: CounterRandom, size: Int) -> [[Window]] {
    var order = windows
    var shuffle = SplitMix64(seed: random.bits(.max))
    for i in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(i, shuffle.below(i + 1)) }
    return Self.packed(order[...], rows: size).map { Array($0) }
  }

  /// Windows one after another in parts of at most `rows` rows; a longer window is a part of its own.
  static func packed(_ windows: ArraySlice<Window>, rows: Int) -> [ArraySlice<Window>] {
    var (parts, start, sum): ([ArraySlice<Window>], Int, Int) = ([], windows.startIndex, 0)
    for (place, window) in zip(windows.indices, windows) {
      if place > start, sum + window.count > rows {
        parts.append(windows[start..<place])
        (start, sum) = (place, 0)
      }
      sum += window.count
    }
    if start < windows.endIndex { parts.append(windows[start...]) }
    return parts
  }
}
