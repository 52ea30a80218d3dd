import Kernels
import Ranking
import Towers
import Vocabulary

extension TwoPhaseRanker {
  /// The vectors of a shopper who is not in the table, by the items of a session, the oldest first, at the moment of a
  /// context, as a coordinator has them; `nil` if the model has none for strangers.
  func vectors(of session: [ItemID], _ context: [String: ContextValue] = [:]) -> UserVectors? {
    var user = folded(session)
    if let feature = served.model.manifest.owned {
      user?.owned = feature.owned(OwnedItems(), adding: session.map(\.rawValue), context)
    }
    return user
  }

  private func folded(_ session: [ItemID]) -> UserVectors? {
    let rows = session.compactMap { served.ids.row(of: $0) }
    guard !rows.isEmpty else { return unknown }
    guard let tower = served.model.tower else { return means(rows) }
    let (kind, weight) = tower.settings.sessionKind
    let counted = rows.suffix(tower.window(stored: 0, session: rows.count).session)
    let query = tower.query(
      from: nil, stored: [],
      session: counted.map { Tower.Event(served.embeddings.row(Int($0)), weight: weight) })
    let fallback = served.model.users.fallback
    var user = served.model.user(query: query, vector: fallback?.vector ?? means(rows).vector)
    user.neighbours = tower.neighbours(of: counted.map { served.ids[$0].rawValue })
    if served.model.manifest.userVectorSource == .query { user.vector = query }
    guard let reader = served.model.historyReader else { return user }
    var history = UserHistory(reader)
    for row in rows {
      history.add(reader.parts { served.profileColumns[$0]?[Int(row)] }, kind: kind, weight: weight, day: 0)
    }
    user.profile = history.row(at: 0) + user.profile[reader.inputs.count...]
    return user
  }

  /// Without a tower: the means of the items' vectors.
  private func means(_ rows: [UInt32]) -> UserVectors {
    let takesMean =
      served.model.manifest.userDimension > 0
      && served.model.manifest.userDimension == served.reranks.columns
    return served.model.user(
      query: Self.mean(served.embeddings, rows), vector: takesMean ? Self.mean(served.reranks, rows) : nil)
  }

  /// The float32 sum in the order given, each component divided by the count.
  private static func mean(_ table: FloatMatrix, _ rows: [UInt32]) -> [Float] {
    var sum = table.row(Int(rows[0]))
    for row in rows.dropFirst() { for (column, value) in table.row(Int(row)).enumerated() { sum[column] += value } }
    return sum.map { $0 / Float(rows.count) }
  }
}
