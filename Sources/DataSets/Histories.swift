/// Each user's events in the order of time, and whether a user has had an item.
package struct Histories: Sendable {
  package let userCount: Int
  package let itemCount: Int
  private let offsets: [Int]
  private let order: [UInt32]
  private let ordered: [UInt32]
  private let weights: [Float]
  private let times: [Int64]
  /// Items of each user ascending, without repeats removed, for binary search.
  private let sorted: [UInt32]
  /// One bit a pair where that is small enough.
  private let bits: [UInt64]

  private static let bitsMax = 1 << 30

  package init(_ log: Interactions) {
    userCount = log.userCount
    itemCount = log.itemCount
    var starts = [Int](repeating: 0, count: log.userCount + 1)
    for user in log.users { starts[Int(user) + 1] += 1 }
    for user in 0..<log.userCount { starts[user + 1] += starts[user] }
    var next = starts
    var order = [UInt32](repeating: 0, count: log.count)
    for (event, user) in log.users.enumerated() {
      order[next[Int(user)]] = UInt32(event)
      next[Int(user)] += 1
    }
    for user in 0..<log.userCount {
      order[starts[user]..<starts[user + 1]].sort {
        (log.times[Int($0)], $0) < (log.times[Int($1)], $1)
      }
    }
    offsets = starts
    self.order = order
    ordered = order.map { log.items[Int($0)] }
    weights = order.map { log.weights[Int($0)] }
    times = order.map { log.times[Int($0)] }
    var sorted = ordered
    for user in 0..<log.userCount { sorted[starts[user]..<starts[user + 1]].sort() }
    self.sorted = sorted
    if log.userCount * log.itemCount <= Self.bitsMax {
      var bits = [UInt64](repeating: 0, count: (log.userCount * log.itemCount + 63) / 64)
      for (user, item) in zip(log.users, log.items) {
        let bit = Int(user) * log.itemCount + Int(item)
        bits[bit / 64] |= 1 << UInt64(bit % 64)
      }
      self.bits = bits
    } else {
      bits = []
    }
  }

  /// The items of a user, the oldest first, `[events]`.
  package subscript(user: Int) -> ArraySlice<UInt32> { ordered[offsets[user]..<offsets[user + 1]] }

  /// Their weights in the same order.
  package func weights(of user: Int) -> ArraySlice<Float> { weights[offsets[user]..<offsets[user + 1]] }

  /// Their times in the same order.
  package func times(of user: Int) -> ArraySlice<Int64> { times[offsets[user]..<offsets[user + 1]] }

  /// The numbers of a user's events in the log, the oldest first.
  package func events(of user: Int) -> [Int] { order[offsets[user]..<offsets[user + 1]].map(Int.init) }

  /// Whether the user has had the item.
  package func contains(_ user: Int, _ item: Int) -> Bool {
    if !bits.isEmpty {
      let bit = user * itemCount + item
      return bits[bit / 64] >> UInt64(bit % 64) & 1 == 1
    }
    var (low, high) = (offsets[user], offsets[user + 1])
    while low < high {
      let middle = (low + high) / 2
      if Int(sorted[middle]) < item { low = middle + 1 } else { high = middle }
    }
    return low < offsets[user + 1] && Int(sorted[low]) == item
  }

  /// How often each item occurs, `[itemCount]`.
  package var popularity: [Int] {
    var counts = [Int](repeating: 0, count: itemCount)
    for item in ordered { counts[Int(item)] += 1 }
    return counts
  }
}
