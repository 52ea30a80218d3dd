import Ranking
import Towers
import Vocabulary
import Wire

/// What a model's tower folds into the query vector of a request: the events that the model stores, and those that came
/// later, of the shopper's history and of the session (`proto-spec/03-messages/rank.md`, "With a tower").
package struct SessionFold: Sendable {
  /// What comes of it.
  package struct Outcome: Sendable {
    /// Query vector `[d]`; `nil` if no item of a later event could be read.
    var query: [Float]?
    /// What a table of neighbours says of items, by their ids.
    var neighbours: [UInt64: Float] = [:]
    /// Profile `[p]`, renewed by the later events.
    var profile: [Float] = []
    /// Events of the query vector.
    var counted = 0
    /// Events that would have been of it, had their items been there.
    var skipped = 0
    /// Events of the history among those of the query vector, and when the newest of them happened.
    var ofHistory = 0
    var newest: Int64 = 0
  }

  /// An event that the model has not learned from.
  private struct Later {
    let item: UInt64
    /// The word of its kind, as training has it; `nil`: none.
    let kind: String?
    let weight: Float
    /// Days since 1970.
    let day: Double
    /// When it happened; `nil` for an item of the session.
    let time: Int64?
  }

  private let model: Model
  private let tower: Tower
  /// What the model has of the user; `nil` for a stranger.
  let known: UserVectors?
  private let profileWeights: [Float]
  /// Items of stored events that count, and their weights, oldest first.
  private let stored: [(item: UInt64, weight: Float)]
  /// Oldest first; the last `window` of them count for the query vector.
  private let later: [Later]
  private let window: Int
  private let today: Double

  /// - Returns: `nil` if the request's query vector is not folded: it has one of its own, nothing happened since the model
  ///   learned, or the model has no tower.
  init?(_ request: RankRequest, _ model: Model?, _ history: RecalledHistory = .notAsked) {
    guard request.vector.isEmpty, let model, let tower = model.tower else { return nil }
    (self.model, self.tower, today) = (model, tower, history.today)
    known = request.user.flatMap { model.users[$0] }
    later = Self.later(request.sessionItems, history, isKnown: known != nil, tower.settings)
    guard !later.isEmpty else { return nil }
    let state = request.user.flatMap { model.users.state(of: $0) }
    profileWeights = state?.profileWeights ?? []
    let events = state.map { Array(zip($0.history, $0.weights)) } ?? []
    let counts = tower.window(stored: events.count, session: later.count)
    stored = events.suffix(counts.stored).map { ($0, $1) }
    window = counts.session
  }

  /// The events of the history that count, and as the newest ones the session's items that are not among them.
  private static func later(
    _ session: [UInt64], _ history: RecalledHistory, isKnown: Bool, _ settings: TowerSettings
  ) -> [Later] {
    let (word, weight) = settings.sessionKind
    let past = history.counted(isKnown: isKnown, cut: settings.cut).map { event in
      // A kind that the model does not know counts as an item of a session does.
      let known = settings.weights[event.kind.word]
      return Later(
        item: event.item, kind: known == nil ? word : event.kind.word, weight: known ?? weight,
        day: RecalledHistory.day(event.time), time: event.time)
    }
    let met = Set(past.map(\.item))
    // The session happens now.
    return past
      + session.lazy.filter { !met.contains($0) }.map {
        Later(item: $0, kind: word, weight: weight, day: history.today, time: nil)
      }
  }

  /// The items whose vectors and attributes it reads, each once, ascending.
  var ids: [UInt64] { Set(stored.map(\.item) + later.map(\.item)).sorted() }

  /// The attributes that it reads.
  var attributeNames: [String] { model.historyReader?.attributeNames ?? [] }

  /// Folds in what there is.
  ///
  /// - Parameter items: Those that could be read, by id.
  func outcome(_ items: [UInt64: SessionItem]) -> Outcome {
    var outcome = Outcome(skipped: stored.count + window)
    let storedEvents = stored.compactMap { event in
      items[event.item].map { Tower.Event($0.embedding, weight: event.weight) }
    }
    let read = later.suffix(window).filter { items[$0.item] != nil }
    guard !read.isEmpty else { return outcome }
    let events = read.compactMap { event in items[event.item].map { Tower.Event($0.embedding, weight: event.weight) } }
    let query = tower.query(from: known?.query, stored: storedEvents, session: events)
    guard VectorCheck.firstFault(in: query, dimension: query.count) == nil else { return outcome }
    outcome.query = query
    outcome.neighbours = tower.neighbours(of: read.map(\.item))
    outcome.profile = profile(items)
    outcome.counted = storedEvents.count + events.count
    outcome.skipped -= outcome.counted
    outcome.ofHistory = read.count { $0.time != nil }
    outcome.newest = read.last { $0.time != nil }?.time ?? 0
    return outcome
  }

  /// The profile with the later events: of a known user what training left, of a stranger nothing but them; inputs that
  /// come of no event stay.
  private func profile(_ items: [UInt64: SessionItem]) -> [Float] {
    let before =
      known?.profile ?? model.users.fallback?.profile
      ?? [Float](repeating: 0, count: model.manifest.profileDimension)
    guard let reader = model.historyReader else { return before }
    var history = UserHistory(reader)
    if let known { history = UserHistory(reader, profile: known.profile, weights: profileWeights) }
    for event in later {
      guard let item = items[event.item] else { continue }
      history.add(
        reader.parts { item.attributes[$0] ?? nil }, kind: event.kind, weight: event.weight, day: event.day)
    }
    return history.row(at: today) + before[reader.inputs.count...]
  }
}
