import DataSets
package import Ranking
import Vocabulary

/// What users had of items, at each moment of a log: what the feature `owned` reads while a network learns.
///
/// An event is learned from with what the user had before the visit that it is part of, as a server knows no more: in a
/// log with a clock a visit is a day, in another an event.
package struct OwnedHistory: Sendable {
  /// The length of a visit in a log with a clock, in milliseconds.
  package static let visit: Int64 = 86_400_000

  package let feature: OwnedFeature
  /// Where the entries of each user begin, `[users + 1]`.
  private let starts: [Int]
  /// By user, then item, then time, `[events]`.
  private let items: [UInt32]
  private let visits: [Int64]
  private let states: [OwnedItems.Item]
  /// The visit of each event that is learned from.
  private let visitOfEvent: [Int64]

  init(_ log: TrainingEvents, _ feature: OwnedFeature) {
    self.feature = feature
    let histories = Histories(log.interactions)
    let unit = log.days == nil ? 1 : Self.visit
    let visitOf = { (event: Int) in log.interactions.times[event].dividedDown(by: unit) }
    var (starts, items) = ([0], [UInt32]())
    var (visits, states) = ([Int64](), [OwnedItems.Item]())
    for user in 0..<log.interactions.userCount {
      let events = histories.events(of: user).enumerated().sorted {
        (log.interactions.items[$0.element], $0.offset) < (log.interactions.items[$1.element], $1.offset)
      }
      for (_, event) in events {
        let (item, day) = (log.interactions.items[event], log.days?[event] ?? 0)
        let isSame = items.count > starts[user] && items.last == item
        states.append(
          OwnedItems.Item(after: isSame ? states.last : nil, day: Double(day), halfLife: feature.halfLife))
        items.append(item)
        visits.append(visitOf(event))
      }
      starts.append(items.count)
    }
    (self.starts, self.items, self.visits, self.states) = (starts, items, visits, states)
    visitOfEvent = log.learned.map { visitOf($0) }
  }

  /// Of users who have had nothing.
  init(strangers count: Int, _ feature: OwnedFeature) {
    self.feature = feature
    starts = [Int](repeating: 0, count: count + 1)
    (items, visits, states, visitOfEvent) = ([], [], [], [])
  }

  /// The inputs of a pair that a stranger meets: nothing is known but a session at the pair's day.
  func inputs(session: [UInt32], item: UInt32, day: Double?) -> [Float] {
    var state: OwnedItems.Item?
    for other in session where other == item {
      state = OwnedItems.Item(after: state, day: day, halfLife: feature.halfLife)
    }
    return feature.inputs(state, day: day)
  }

  /// The inputs of a pair.
  ///
  /// - Parameter event: The event whose moment it is; `nil`: after the log.
  func inputs(user: Int, item: UInt32, event: Int?, day: Double?) -> [Float] {
    feature.inputs(state(user: user, item: item, event: event), day: day)
  }

  private func state(user: Int, item: UInt32, event: Int?) -> OwnedItems.Item? {
    let limit = event.map { visitOfEvent[$0] } ?? .max
    var (low, high) = (starts[user], starts[user + 1])
    // Behind the last entry of the item before the limit.
    while low < high {
      let middle = (low + high) / 2
      if (items[middle], visits[middle]) < (item, limit) { low = middle + 1 } else { high = middle }
    }
    return low > starts[user] && items[low - 1] == item ? states[low - 1] : nil
  }

  /// What a user had before the visit of an event and did not take in it, ascending: what could have been bought again.
  func left(user: Int, event: Int) -> [UInt32] {
    let limit = visitOfEvent[event]
    var left: [UInt32] = []
    var place = starts[user]
    while place < starts[user + 1] {
      let item = items[place]
      let isBefore = visits[place] < limit
      var isTaken = false
      while place < starts[user + 1], items[place] == item {
        if visits[place] == limit { isTaken = true }
        place += 1
      }
      if isBefore, !isTaken { left.append(item) }
    }
    return left
  }

  /// What a user has had in the end, under the items' ids.
  func owned(user: Int, ids: [ItemID]) -> OwnedItems {
    let range = starts[user]..<starts[user + 1]
    let last = range.filter { place in place + 1 == range.upperBound || items[place + 1] != items[place] }
    let places = last.sorted { ids[Int(items[$0])] < ids[Int(items[$1])] }
    let owned = places.map { states[$0] }
    return OwnedItems(ids: places.map { ids[Int(items[$0])].rawValue }, items: owned[...])
  }
}
