package import DataSets
import Kernels

/// Which users and items take part in new events; all others keep their vectors.
package struct Participants: Sendable {
  /// The users and items with a new event, ascending.
  let users, items: [Int]
  /// How many users and items the tower knows already.
  let knownUsers, knownItems: Int

  /// - Parameter oldCount: Events at the start of the log that are not new.
  init(_ log: Interactions, oldCount: Int, knownUsers: Int, knownItems: Int) {
    func listed(_ values: ArraySlice<UInt32>, _ count: Int) -> [Int] {
      var isListed = [Bool](repeating: false, count: count)
      for value in values { isListed[Int(value)] = true }
      return isListed.indices.filter { isListed[$0] }
    }
    users = listed(log.users[oldCount...], log.userCount)
    items = listed(log.items[oldCount...], log.itemCount)
    self.knownUsers = knownUsers
    self.knownItems = knownItems
  }

  /// The parameters of a network that may move.
  func trainable(_ log: Interactions) -> Trainable {
    var (movesUser, movesItem) = (
      [Bool](repeating: false, count: log.userCount), [Bool](repeating: false, count: log.itemCount)
    )
    for user in users { movesUser[user] = true }
    for item in items { movesItem[item] = true }
    return Trainable(users: movesUser, items: movesItem, layers: false)
  }
}

extension RetrievalTower {
  private static let warmSweeps = 2

  /// The tower with new events: users and items that take part in them get vectors of all their events, old and new; all
  /// others keep theirs bit for bit. A history tower keeps the vectors of all items that it knows, and makes that of a new
  /// one of what it is, or, if nothing is known of it, of the items that stand beside it in histories: their mean.
  ///
  /// - Parameters:
  ///   - log: Old events and then new ones.
  ///   - oldCount: How many of them are old.
  ///   - content: What all items are, by the features that the tower knows.
  package func warmed(
    _ log: Interactions, oldCount: Int, _ options: TowerOptions, content: ItemContent? = nil,
    shouldStop: () -> Bool = { false }
  ) -> RetrievalTower? {
    var options = options
    options.dimension = embeddings.columns
    let participants = Participants(
      log, oldCount: oldCount, knownUsers: queries.rowCapacity, knownItems: embeddings.rowCapacity)
    let queries = Self.grown(queries, to: log.userCount, filling: history?.query([]) ?? [])
    let embeddings = Self.grown(embeddings, to: log.itemCount)
    switch options.kind {
    case .als:
      let factors = ImplicitALS(log, options.als, users: queries, items: embeddings)
      for _ in 0..<Self.warmSweeps {
        factors.iterate(users: participants.users, items: participants.items)
        if shouldStop() { return nil }
      }
      // The users last, against the items that are served.
      factors.iterate(users: participants.users, items: [])
    case .history:
      guard let history else { break }
      let histories = Histories(weighing: log)
      let content = content ?? ItemContent(itemCount: log.itemCount)
      Self.place(participants, histories, embeddings, decay: options.decay)
      let own = Self.grown(history.own, to: log.itemCount)
      for item in participants.knownItems..<log.itemCount where content[item].isEmpty {
        own.copyRow(item, of: embeddings, to: item)
      }
      let tower = HistoryTower(
        content: content, own: own, features: history.features, history.parameters, history.options)
      for user in participants.users {
        queries.setRow(user, tower.query(histories[user], shares: histories.shares(of: user)))
      }
      return RetrievalTower(queries: queries, embeddings: tower.vectors, history: tower)
    case .bpr:
      let network = RankingNetwork(
        .dotProduct(dimension: options.dimension), userCount: log.userCount, itemCount: log.itemCount)
      network.initialise(seed: options.seed, deviation: 0.1)
      for row in 0..<participants.knownUsers { network.users.copyRow(row, of: queries, to: row) }
      for row in 0..<participants.knownItems { network.items.copyRow(row, of: embeddings, to: row) }
      var pairwise = options.pairwise
      pairwise.trainable = participants.trainable(log)
      pairwise.vectorDecay = 0
      var isNew = [Bool](repeating: false, count: log.userCount)
      for user in participants.users { isNew[user] = true }
      let theirs = log.filter { isNew[Int(log.users[$0])] }
      guard theirs.count > 0 else { return RetrievalTower(queries: queries, embeddings: embeddings) }
      let trainer = RankingTrainer(network, theirs, pairwise, known: Histories(log))
      guard trainer.run(shouldStop: shouldStop) != .interrupted else { return nil }
      return RetrievalTower(queries: network.users, embeddings: network.items)
    }
    return RetrievalTower(queries: queries, embeddings: embeddings)
  }

  /// Gives every new item the mean of the known items beside it in histories, nearer ones counting more.
  private static func place(
    _ participants: Participants, _ histories: Histories, _ embeddings: FloatMatrix, decay: Float
  ) {
    let d = embeddings.columns
    var sums: [Int: (total: Float, sum: [Float])] = [:]
    for user in participants.users {
      let history = Array(histories[user].suffix(50))
      for (at, item) in history.enumerated() where Int(item) >= participants.knownItems {
        var entry = sums[Int(item)] ?? (0, [Float](repeating: 0, count: d))
        for (place, other) in history.enumerated() where Int(other) < participants.knownItems {
          var share: Float = 1
          for _ in 1..<max(1, abs(place - at)) { share *= decay }
          entry.total += share
          for (column, value) in embeddings.row(Int(other)).enumerated() { entry.sum[column] += share * value }
        }
        sums[Int(item)] = entry
      }
    }
    let mean = TrainedModel.mean(embeddings, rows: participants.knownItems)
    for item in participants.knownItems..<embeddings.rowCapacity {
      let entry = sums[item]
      embeddings.setRow(item, entry.flatMap { e in e.total > 0 ? e.sum.map { $0 / e.total } : nil } ?? mean)
    }
  }

  private static func grown(_ matrix: FloatMatrix, to rows: Int, filling: [Float] = []) -> FloatMatrix {
    let grown = FloatMatrix(rows: rows, columns: matrix.columns)
    for row in 0..<matrix.rowCapacity { grown.copyRow(row, of: matrix, to: row) }
    if !filling.isEmpty { for row in matrix.rowCapacity..<rows { grown.setRow(row, filling) } }
    return grown
  }
}
