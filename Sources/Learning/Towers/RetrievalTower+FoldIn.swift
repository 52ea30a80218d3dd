import DataSets
import Kernels

extension RetrievalTower {
  /// The query vectors of shoppers of whom only the last items are known, the oldest first, `[sessions, d]`.
  func foldIn(_ sessions: [[UInt32]], _ options: TowerOptions) -> FloatMatrix {
    switch options.kind {
    case .als:
      var log = Interactions(userCount: sessions.count, itemCount: embeddings.rowCapacity)
      for (user, session) in sessions.enumerated() { for item in session { log.append(user: user, item: Int(item)) } }
      var als = options.als
      als.dimension = embeddings.columns
      let none = Interactions(userCount: 0, itemCount: embeddings.rowCapacity)
      return ImplicitALS(none, als, users: FloatMatrix(rows: 0, columns: als.dimension), items: embeddings).foldIn(log)
    case .history:
      var history = options.history
      history.dimension = embeddings.columns
      let tower = HistoryTower(embeddings, constant: constant, history)
      return FloatMatrix(rows: sessions.map { tower.query($0[...]) }, columns: embeddings.columns)
    case .bpr:
      return FloatMatrix(
        rows: sessions.map { session in
          session.reduce(into: [Float](repeating: 0, count: embeddings.columns)) { sum, item in
            for (column, value) in embeddings.row(Int(item)).enumerated() { sum[column] += value / Float(session.count) }
          }
        }, columns: embeddings.columns)
    }
  }
}
