/// What happened, one event after another: who, what, how strongly, when; users and items by dense index.
///
/// The plain input of every trainer: readers and cleaners produce it, dictionaries map its indices to ids.
package struct Interactions: Sendable, Equatable {
  /// `[n]`, each below `userCount`.
  package private(set) var users: [UInt32] = []
  /// `[n]`, each below `itemCount`.
  package private(set) var items: [UInt32] = []
  /// How much the event counts, `[n]`, finite and ≥ 0; a plain event has 1.
  package private(set) var weights: [Float] = []
  /// Any unit, only the order and differences count, `[n]`; a log without times has the position instead.
  package private(set) var times: [Int64] = []
  package private(set) var userCount: Int
  package private(set) var itemCount: Int

  /// An empty log over `userCount` users and `itemCount` items.
  package init(userCount: Int = 0, itemCount: Int = 0) {
    precondition(UInt32(exactly: userCount) != nil && UInt32(exactly: itemCount) != nil, "an index is a u32")
    self.userCount = userCount
    self.itemCount = itemCount
  }

  /// Number n of events.
  package var count: Int { users.count }

  /// Adds an event; unknown indices raise the counts.
  package mutating func append(user: Int, item: Int, weight: Float = 1, time: Int64? = nil) {
    precondition(user >= 0 && item >= 0 && user < Int(UInt32.max) && item < Int(UInt32.max), "an index is a u32")
    precondition(weight >= 0 && weight.isFinite, "weight \(weight)")
    users.append(UInt32(user))
    items.append(UInt32(item))
    weights.append(weight)
    times.append(time ?? Int64(times.count))
    userCount = max(userCount, user + 1)
    itemCount = max(itemCount, item + 1)
  }

  /// The events for which `isKept` says so, with the same users and items.
  package func filter(_ isKept: (Int) -> Bool) -> Interactions {
    var kept = Interactions(userCount: userCount, itemCount: itemCount)
    for i in 0..<count where isKept(i) {
      kept.append(user: Int(users[i]), item: Int(items[i]), weight: weights[i], time: times[i])
    }
    return kept
  }

  /// Holds out each user's last `count` events by time (later in the log if at the same time) for testing; users with
  /// `count` or fewer events keep all.
  package func leavingLastOut(_ count: Int = 1) -> (rest: Interactions, heldOut: [[Int]]) {
    let histories = Histories(self)
    var held = [Bool](repeating: false, count: self.count)
    var heldOut = [[Int]](repeating: [], count: userCount)
    for user in 0..<userCount {
      let events = histories.events(of: user)
      guard events.count > count else { continue }
      for event in events.suffix(count) {
        held[event] = true
        heldOut[user].append(Int(items[event]))
      }
    }
    return (filter { !held[$0] }, heldOut)
  }
}

extension Int64 {
  /// The whole part of a time in units of a length, rounded down.
  ///
  /// - Precondition: The length is above 0.
  package func dividedDown(by length: Int64) -> Int64 {
    let (whole, rest) = quotientAndRemainder(dividingBy: length)
    return rest < 0 ? whole - 1 : whole
  }
}
