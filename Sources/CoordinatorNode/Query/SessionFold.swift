import Ranking
import Towers
import Vocabulary
import Wire

/// What a model's tower folds into the query vector of a request: the session's items, and the stored events that count
/// beside them (`proto-spec/03-messages/rank.md`, "With a tower").
package struct SessionFold: Sendable {
  /// What comes of it.
  package struct Outcome: Sendable {
    /// Query vector `[d]`; `nil` if no item of the session could be read.
    let query: [Float]?
    /// Profile `[p]`, renewed by the session.
    let profile: [Float]
    /// Events of the query vector.
    let counted: Int
    /// Events that would have been of it, had their items been there.
    let skipped: Int
  }

  private let model: Model
  private let tower: Tower
  /// What the model has of the user; `nil` for a stranger.
  let known: UserVectors?
  private let profileWeights: [Float]
  /// Items of stored events that count, and their weights, oldest first.
  private let stored: [(item: UInt64, weight: Float)]
  /// The session's items, oldest first; the last `window` of them count for the query vector.
  private let session: [UInt64]
  private let window: Int

  /// - Returns: `nil` if the request's query vector is not folded: it has one of its own or no session, or the model has no
  ///   tower.
  init?(_ request: RankRequest, _ model: Model?) {
    guard request.vector.isEmpty, !request.sessionItems.isEmpty, let model, let tower = model.tower else { return nil }
    (self.model, self.tower, session) = (model, tower, request.sessionItems)
    known = request.user.flatMap { model.users[$0] }
    let state = request.user.flatMap { model.users.state(of: $0) }
    profileWeights = state?.profileWeights ?? []
    let events = state.map { Array(zip($0.history, $0.weights)) } ?? []
    let counts = tower.window(stored: events.count, session: session.count)
    stored = events.suffix(counts.stored).map { ($0, $1) }
    window = counts.session
  }

  /// The items whose vectors and attributes it reads, each once, ascending.
  var ids: [UInt64] { Set(stored.map(\.item) + session).sorted() }

  /// The attributes that it reads.
  var attributeNames: [String] { model.historyReader?.attributeNames ?? [] }

  /// Folds in what there is.
  ///
  /// - Parameter items: Those that could be read, by id.
  func outcome(_ items: [UInt64: SessionItem]) -> Outcome {
    let (kind, weight) = tower.settings.sessionKind
    let storedEvents = stored.compactMap { event in
      items[event.item].map { Tower.Event($0.embedding, weight: event.weight) }
    }
    let events = session.suffix(window).compactMap { items[$0].map { Tower.Event($0.embedding, weight: weight) } }
    let skipped = stored.count + window - storedEvents.count - events.count
    if !events.isEmpty {
      let query = tower.query(from: known?.query, stored: storedEvents, session: events)
      if VectorCheck.firstFault(in: query, dimension: query.count) == nil {
        return Outcome(
          query: query, profile: profile(items, kind: kind, weight: weight),
          counted: storedEvents.count + events.count, skipped: skipped)
      }
    }
    return Outcome(query: nil, profile: [], counted: 0, skipped: stored.count + window)
  }

  /// The profile with the session's events: of a known user what training left, of a stranger nothing but them; inputs that
  /// come of no event stay.
  private func profile(_ items: [UInt64: SessionItem], kind: String?, weight: Float) -> [Float] {
    let before =
      known?.profile ?? model.users.fallback?.profile
      ?? [Float](repeating: 0, count: model.manifest.profileDimension)
    guard let reader = model.historyReader else { return before }
    var history = UserHistory(reader)
    if let known { history = UserHistory(reader, profile: known.profile, weights: profileWeights) }
    for item in session.compactMap({ items[$0] }) {
      let parts = reader.parts { item.attributes[$0] ?? nil }
      // They happen now: the days are those since the last of them.
      history.add(parts, kind: kind, weight: weight, day: 0)
    }
    return history.row(at: 0) + before[reader.inputs.count...]
  }
}
