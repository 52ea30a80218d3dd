import Transport
import Vocabulary
import WinnowClient
import Wire

/// What shoppers of a simulation did and were told, and what the cluster may therefore keep of them.
///
/// One shopper's events are sent by one task, batch after batch, each with an item number of its own.
final class EventOracle: Sendable {
  private struct Known: Sendable {
    /// Events that were acknowledged, by their number.
    var kept: [UInt64: Int64] = [:]
    /// Events that may have been taken, or may still be.
    var doubts: [UInt64: Int64] = [:]
    /// What was acknowledged before a forgetting that may have happened.
    var maybeForgotten: [UInt64: Int64] = [:]
    /// Until then a forgetting may still be under way, which takes newer events too.
    var forgettingEnd = Instant(nanoseconds: 0)
  }

  /// How long a request may be under way.
  private static let underWayMicroseconds: UInt64 = 15_000_000

  private struct State {
    /// The first answer to each batch, by its bytes.
    var answers: [[UInt8]: EventCounts] = [:]
    var users: [UInt64: Known] = [:]
    var lastNumber: UInt64 = 0
  }

  private let state = Lock(State())
  private let history: History
  private let world: World

  init(_ history: History, _ world: World) { (self.history, self.world) = (history, world) }

  /// Whether a shopper may be forgotten; of others every event is certain.
  static func isForgettable(_ user: UInt64) -> Bool { user % 5 == 0 }

  /// A number that no event has.
  func nextNumber() -> UInt64 {
    state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
  }

  /// A batch is over; `isKept`: it was acknowledged whole; `nil`: what became of it is not known, and may change.
  func ended(_ events: [UserEvent], isKept: Bool?) {
    guard isKept != false else { return }
    state.withLock { state in
      for event in events {
        let (user, number, time) = (event.user.rawValue, event.item?.rawValue ?? 0, event.time ?? 0)
        var known = state.users[user] ?? Known()
        if isKept != true {
          known.doubts[number] = time
        } else if world.now < known.forgettingEnd {
          known.maybeForgotten[number] = time
        } else {
          known.kept[number] = time
        }
        state.users[user] = known
      }
    }
  }

  /// A shopper was forgotten, or perhaps.
  func forgot(_ user: UInt64, isCertain: Bool) {
    state.withLock { state in
      guard let known = state.users[user] else { return }
      var new = Known()
      if !isCertain {
        new.maybeForgotten = known.maybeForgotten.merging(known.kept) { $1 }
        new.doubts = known.doubts
      }
      new.forgettingEnd = world.now.advanced(microseconds: Self.underWayMicroseconds)
      state.users[user] = new
    }
  }

  /// A batch was answered, perhaps not for the first time: what an answer says stays.
  func answered(_ request: EventRequest, _ counts: EventCounts) {
    guard !request.events.contains(where: { Self.isForgettable($0.user) }) else { return }
    let earlier = state.withLock { state -> EventCounts? in
      defer { state.answers[request.body.bytes] = counts }
      return state.answers[request.body.bytes]
    }
    guard let earlier else { return }
    history.count("batch again")
    if earlier != counts { history.violated("the same batch was answered \(earlier), then \(counts)") }
  }

  /// Compares what the cluster keeps of a shopper while nothing is sent of that shopper.
  func check(_ user: UInt64, _ found: UserHistory?) {
    let known = state.withLock { $0.users[user] ?? Known() }
    let events = found?.events ?? []
    var seen: Set<UInt64> = []
    for event in events {
      let number = event.item?.rawValue ?? 0
      if !seen.insert(number).inserted { history.violated("event \(number) of \(user) is kept twice") }
      guard let time = known.kept[number] ?? known.doubts[number] ?? known.maybeForgotten[number] else {
        history.violated("event \(number) of \(user) was not sent, or is forgotten")
        continue
      }
      if event.time != time { history.violated("event \(number) of \(user) has another time") }
    }
    for number in known.kept.keys.sorted() where !seen.contains(number) {
      history.violated("event \(number) of \(user) was acknowledged and is gone")
    }
    if zip(events, events.dropFirst()).contains(where: { ($0.time ?? 0) > ($1.time ?? 0) }) {
      history.violated("the events of \(user) do not ascend")
    }
    if let found, found.version != UInt64(events.count) {
      history.violated("\(user) has version \(found.version) with \(events.count) events")
    }
    history.count(events.isEmpty ? "history empty" : "history read")
  }
}
