import DataSets
import Kernels
import Ranking
import Towers
import Vocabulary

/// What a server makes of the items of a session, for training to make the same (`CoordinatorNode/Query/SessionFold`).
package struct SessionRules: Sendable {
  private let known: KnownEvents
  /// `nil`: profiles do not follow from what shoppers do.
  private let reader: HistoryReader?
  /// Of each item what an event with it adds to a profile.
  private let parts: [HistoryParts]

  /// - Parameters:
  ///   - known: What the model learns from, with the weights that its tower takes.
  ///   - plan: What the network reads while it learns; `nil` if it reads no features.
  package init(_ known: KnownEvents, _ plan: FeaturePlan?) {
    self.known = known
    guard let plan else {
      (reader, parts) = (nil, [])
      return
    }
    let reader = HistoryReader(plan.recipe.history, decay: plan.recipe.historyDecay)
    self.reader = reader
    parts = reader.parts(of: plan.catalogue)
  }

  /// Folds sessions into query vectors and profiles; `nil` if the tower makes nothing of sessions.
  ///
  /// - Parameter profile: That of strangers without a session, `[p]`.
  func fold(
    _ tower: RetrievalTower, _ options: TowerOptions, profile: [Float]?, threads: Int
  ) -> (@Sendable ([[UInt32]]) -> Strangers.Folded)? {
    guard let serving = tower.serving(options, known) else { return nil }
    let (kind, weight) = serving.settings.sessionKind
    let (embeddings, reader, parts) = (tower.embeddings, reader, parts)
    return { sessions in
      let queries = FloatMatrix(rows: sessions.count, columns: embeddings.columns)
      let profiles = profile.map { FloatMatrix(rows: sessions.count, columns: $0.count) }
      let sessionsAPart = 64
      WorkerTeam(count: threads).run(parts: (sessions.count + sessionsAPart - 1) / sessionsAPart) { part, _ in
        for row in part * sessionsAPart..<min((part + 1) * sessionsAPart, sessions.count) {
          let events = sessions[row].map { Tower.Event(embeddings.row(Int($0)), weight: weight) }
          queries.setRow(row, serving.query(from: nil, stored: [], session: events))
          guard let profiles, let profile else { continue }
          var history: [Float] = []
          if let reader {
            var user = UserHistory(reader)
            for item in sessions[row] { user.add(parts[Int(item)], kind: kind, weight: weight, day: 0) }
            history = user.row(at: 0)
          }
          profiles.setRow(row, history + profile[history.count...])
        }
      }
      return Strangers.Folded(queries: queries, profiles: profiles)
    }
  }
}
