package import DataSets
import Kernels
package import Vocabulary

/// A way to rank without a model, to compare with.
package enum Baseline: String, Sendable, CaseIterable {
  case popularity
  /// Item-based neighbours, the latest events most.
  case itemNeighbours = "item-neighbours"
  case ownHistory = "own-history"
  /// What a user has had, by how often and how long ago; then popularity.
  case ownCounts = "own-counts"
}

/// A baseline that has learned a log and ranks the items of a catalogue.
package struct BaselineRanker: Sendable {
  private let ids: CatalogueIDs
  /// Of each row of the catalogue its item in the log; −1 if the log does not know it.
  private let items: [Int]
  /// The scores of all items of the log for a query.
  private let scores: @Sendable (_ query: CaseQuery) -> [Float]

  /// - Parameters:
  ///   - given: What users did before they ask; `nil`: no more than was learned from.
  ///   - item: An item's index in the log.
  package init(
    _ baseline: Baseline, _ learned: Histories, given: Histories? = nil, ids: CatalogueIDs, item: (ItemID) -> Int?
  ) {
    self.ids = ids
    items = (0..<UInt32(ids.count)).map { item(ids[$0]) ?? -1 }
    switch baseline {
    case .popularity:
      let popularity = PopularityBaseline(learned)
      scores = { _ in popularity.scores(nil) }
    case .itemNeighbours:
      var options = ItemNeighbours.Options()
      (options.neighbours, options.decay) = (1000, 0.7)
      let neighbours = ItemNeighbours(learned, options)
      let given = given ?? learned
      scores = { neighbours.scores(given, user: $0.userIndex) }
    case .ownHistory:
      let history = OwnHistoryBaseline(given ?? learned)
      scores = { history.scores(user: $0.userIndex, nil) }
    case .ownCounts:
      let counts = OwnCountsBaseline(learned, given: given ?? learned)
      scores = { counts.scores(user: $0.userIndex, milliseconds: $0.eventContext.milliseconds) }
    }
  }

  /// Ranks the catalogue, or the listed items of the case.
  ///
  /// - Parameter k: First items to list.
  package func rank(_ query: CaseQuery, k: Int, in room: inout CatalogueRoom) -> RankedCase {
    let all = scores(query)
    let score = { (row: UInt32) in items[Int(row)] < 0 ? 0 : all[items[Int(row)]] }
    let relevant = query.relevant.map { ids.row(of: $0) }
    if let others = query.others {
      let rows = relevant + others.map { ids.row(of: $0) }
      return RankedCase(listed: rows.map { $0.map(score) ?? -.infinity }, relevantCount: relevant.count)
    }
    let found = room.scan.scan(
      count: ids.count, excluding: ids.rows(of: query.excluded),
      targets: relevant.map { row in row.map { .init(row: $0, score: score($0)) } }, limit: k
    ) { rows, scores in
      for (place, row) in rows.enumerated() { scores[place] = score(UInt32(row)) }
    }
    return RankedCase(places: found.places, of: found.count, first: found.rows.map { ids[$0] })
  }
}
