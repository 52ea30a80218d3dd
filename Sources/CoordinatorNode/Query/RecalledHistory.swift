import Vocabulary
import Wire

/// What a query knows of its shopper's stored history (`proto-spec/03-messages/rank.md`, version 5).
struct RecalledHistory: Sendable {
  /// What a query knows that asks for no history.
  static let notAsked = RecalledHistory(state: .notAsked, events: [], isMarked: false, now: 0)

  let state: RankReport.HistoryState
  /// The kept events without those that were too fast for a person, oldest first.
  let events: [ShopperEvent]
  /// Whether some were too fast: what a program does changes no vector.
  let isMarked: Bool
  /// The coordinator's clock, in microseconds since the start of 1970.
  let now: Int64

  private init(state: RankReport.HistoryState, events: [ShopperEvent], isMarked: Bool, now: Int64) {
    (self.state, self.events, self.isMarked, self.now) = (state, events, isMarked, now)
  }

  /// What the shard of the shopper has answered; `nil` if it keeps nothing.
  init(_ history: StoredHistory?, now: Int64) {
    guard let history else {
      self.init(state: .empty, events: [], isMarked: false, now: now)
      return
    }
    guard let kept = try? history.kept() else {
      self = Self.notRead(now: now)
      return
    }
    self.init(state: .read, events: kept.filter { !$0.isFast }, isMarked: history.isMarked, now: now)
  }

  /// The shard of the shopper did not answer.
  static func notRead(now: Int64) -> RecalledHistory {
    RecalledHistory(state: .notRead, events: [], isMarked: false, now: now)
  }

  /// Today, as training counts days.
  var today: Double { Self.day(now) }

  /// The day of a time, with its fraction.
  static func day(_ time: Int64) -> Double { Double(Moment(milliseconds: time / 1000).day) }

  /// The events that vectors are made of: what shoppers did with items, of a known shopper what the model has not learned.
  ///
  /// - Parameter cut: When the newest event happened that the model has learned from; `nil`: nothing says so, and then
  ///   it may have learned from any.
  func counted(isKnown: Bool, cut: Int64?) -> [ShopperEvent] {
    guard !isMarked else { return [] }
    let start = isKnown ? cut ?? .max : -1
    return events.filter { $0.time > start && $0.kind.isInterest }
  }

  /// The items that must not be among the results, ascending: hidden ones, and those that a rule leaves out.
  func excluded(by rules: [SeenRule]) -> [UInt64] {
    var excluded = Set(events.lazy.filter { $0.kind == .hide }.map(\.item))
    for rule in rules {
      let start = rule.withinSeconds == 0 ? Int64.min : now - Int64(rule.withinSeconds) * 1_000_000
      var counts: [UInt64: Int] = [:]
      for event in events where event.time >= start && event.kind != .search && rule.counts(event.kind) {
        counts[event.item, default: 0] += 1
      }
      for (item, count) in counts where count >= Int(rule.leastCount) { excluded.insert(item) }
    }
    return excluded.sorted()
  }
}

extension ShopperAction {
  /// Whether it says that the shopper likes an item.
  var isInterest: Bool {
    switch self {
    case .view, .click, .cart, .purchase, .rating: true
    case .impression, .search, .hide: false
    }
  }
}
