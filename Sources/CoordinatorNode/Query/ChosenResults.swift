import Arrangement
import Ranking
import Vocabulary
import Wire

/// The candidates that become results: in the order of ranking, under the cap per group, at most k.
struct ChosenResults: Sendable {
  /// Positions of candidates, best first.
  private(set) var positions: [Int]
  /// How many of them, from the first, have a finite logit.
  let rankedCount: Int
  /// Candidates that a full group kept out.
  let displacedCount: Int

  init(_ plan: QueryPlan, _ gathered: Gathered, logits: [Score?]) {
    let order = RankedOrder(ids: gathered.ids, logits: logits)
    (positions, rankedCount, displacedCount) = order.first(plan.request.k, most: plan.cap.map { Int($0.most) }) {
      position in plan.groupColumn.flatMap { gathered.value(position, column: $0) }
    }
  }

  /// A stretch of a list.
  init(_ list: PageList, _ places: Range<Int>) {
    let page = list.arrangement.order[places.clamped(to: list.arrangement.order.indices)]
    positions = Array(page)
    rankedCount = list.rankedCount(of: page)
    displacedCount = list.displacedCount
  }

  /// Exchanges the result at a place with the one below.
  mutating func exchange(_ place: Int) { positions.swapAt(place, place + 1) }

  /// The results as they travel: the same bytes at any number of shards.
  func results(_ plan: QueryPlan, _ gathered: Gathered, logits: [Score?]) -> RankResults {
    let entries = positions.map { gathered.merge.entries[$0] }
    let hasWords = plan.hasTerms
    let rows = positions.map { position in plan.resultColumns.map { gathered.value(position, column: $0) } }
    let ranked = positions.prefix(rankedCount).map { logits.indices.contains($0) ? logits[$0]?.value ?? 0 : 0 }
    return RankResults(
      isExact: gathered.isExact, isRanked: plan.collection.model != nil && !plan.isSorted, rerankedCount: rankedCount,
      ids: entries.map(\.candidate.itemID.rawValue),
      retrievalScores: entries.map { hasWords ? $0.fused : $0.candidate.score.value },
      logits: ranked + [Float](repeating: 0, count: positions.count - rankedCount),
      attributes: AttributeTable(rows: rows, definitions: plan.resultColumns.map { plan.shape.columns[$0] }))
  }
}
