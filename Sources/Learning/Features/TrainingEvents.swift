import DataSets
import Vocabulary

/// The events of a data set that are known, and which of them are learned from.
struct TrainingEvents: Sendable {
  let interactions: Interactions
  /// Places among the known events, in the order of the log that the trainer is given.
  let learned: [Int]
  /// `[events]`.
  let kinds: [EventKind]
  /// Days since 1970, `[events]`; `nil` without a clock.
  let days: [Float]?
  /// The day of each item's first event, `[items]`.
  let firstDays: [Double?]
  /// The context of each event, `[events]`.
  let eventContexts: [EventContext]
  /// When each user is asked about after the log: at the first event that is not known and comes later, else at the
  /// end of the log, `[users]`.
  let next: [EventContext]
  /// The day of the last event, `nil` without a clock.
  let lastDay: Double?

  init(_ data: DataSet, known: [Int], learned: [Int]) {
    let whole = data.interactions
    var interactions = Interactions(userCount: whole.userCount, itemCount: whole.itemCount)
    var firstTimes = [Int64?](repeating: nil, count: whole.itemCount)
    var isKnown = [Bool](repeating: false, count: whole.count)
    var lastTimes = [Int64?](repeating: nil, count: whole.userCount)
    for event in known {
      let (user, item, time) = (Int(whole.users[event]), Int(whole.items[event]), whole.times[event])
      interactions.append(user: user, item: item, weight: whole.weights[event], time: time)
      firstTimes[item] = min(firstTimes[item] ?? time, time)
      lastTimes[user] = max(lastTimes[user] ?? time, time)
      isKnown[event] = true
    }
    let end = interactions.times.max() ?? 0
    var next = [Int?](repeating: nil, count: whole.userCount)
    for event in 0..<whole.count where !isKnown[event] {
      let (user, time) = (Int(whole.users[event]), whole.times[event])
      guard time >= lastTimes[user] ?? .min else { continue }
      if next[user].map({ time < whole.times[$0] }) ?? true { next[user] = event }
    }
    self.interactions = interactions
    let places = Dictionary(zip(known, known.indices), uniquingKeysWith: { first, _ in first })
    self.learned = learned.compactMap { places[$0] }
    precondition(self.learned.count == learned.count, "what is learned from is known")
    kinds = known.map { data.kinds[$0] }
    eventContexts = known.map { data.eventContext($0) }
    days = data.hasClock ? interactions.times.map { Moment(milliseconds: $0).day } : nil
    firstDays = firstTimes.map { data.hasClock ? $0.map { Self.day($0) } : nil }
    self.next = next.map { event in
      event.map { data.eventContext($0) } ?? EventContext(milliseconds: data.hasClock ? end : nil)
    }
    lastDay = data.hasClock ? Self.day(end) : nil
  }

  /// The day as the context of a query has it.
  private static func day(_ time: Int64) -> Double { Double(Moment(milliseconds: time).day) }
}
