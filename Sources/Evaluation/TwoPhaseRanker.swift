import DataSets
package import Kernels
package import Ranking
import Towers
package import Vocabulary

/// Answers as a cluster with the same model and items would: exact retrieval, then the network over the best `depth`.
///
/// The vectors, the order and the bits of every score are those of the server; `winnow evaluate --live` compares.
package struct TwoPhaseRanker: Sendable {
  /// The ranking of one query.
  package struct Ranking: Sendable {
    /// By inner product alone.
    package let retrieved: RankedCase
    /// With the candidates in the order of the network.
    package let reranked: RankedCase
    /// The candidates in that order.
    let order: RankedOrder
    let candidates: [ItemID]

    /// The first k items with at most `most` of one value.
    package func capped(_ k: Int, most: Int, of test: [ItemID], value: (ItemID) -> AttributeValue?) -> RankedCase {
      let chosen = order.first(k, most: most) { value(candidates[$0]) }
      return RankedCase(relevant: test, first: chosen.positions.map { candidates[$0] })
    }
  }

  package let served: ServedModel
  let reranker: Reranker
  let kernels: KernelSet

  package init(_ served: ServedModel, kernels: KernelSet = KernelSet()) {
    self.served = served
    self.kernels = kernels
    reranker = Reranker(served.model, kernels: kernels)
  }

  /// The vectors of a user, or those of unknown users; `nil` if the model has neither.
  package func vectors(of user: UserID) -> UserVectors? { served.model.users[user] ?? unknown }

  /// The vectors of a case's user: those of the table, or where the model has no table, of the history that a cluster
  /// would know.
  func vectors(of query: CaseQuery, _ test: TestSet) -> UserVectors? {
    guard served.readsHistories else { return vectors(of: query.user) }
    return vectors(of: test.givenItems(of: query.userIndex), query.eventContext.context)
  }

  /// The vectors of shoppers without anything that is known.
  var unknown: UserVectors? {
    served.model.users.popularity ?? served.model.users.fallback
      ?? served.model.tower?.popularity.map { served.model.user(query: $0) }
  }

  /// Ranks the whole catalogue for a user.
  ///
  /// - Parameter k: First items to list.
  package func rank(
    _ query: CaseQuery, _ user: UserVectors, depth: Int, k: Int, in room: inout CatalogueRoom
  ) -> Ranking {
    let scorer = RetrievalScorer(user, served, kernels)
    let relevant = query.relevant.map { served.ids.row(of: $0) }
    let found = room.scan.scan(
      count: served.ids.count, excluding: served.ids.rows(of: query.excluded),
      targets: relevant.map { row in row.map { .init(row: $0, score: scorer.score(row: Int($0))) } },
      limit: max(depth, k)
    ) { rows, scores in scorer.write(rows, into: &scores) }

    let best = Array(found.rows.prefix(depth))
    let own = own(query, user, besides: best)
    let ownScores = scorer.scores(of: own)
    let candidates = best + own
    let ids = candidates.map { served.ids[$0] }
    let order = RankedOrder(
      ids: ids, logits: logits(query, user, candidates, scores: Array(found.scores.prefix(depth)) + ownScores))
    var placeOfCandidate = [Int](repeating: 0, count: candidates.count)
    for (place, position) in order.positions.enumerated() { placeOfCandidate[position] = place }
    /// The place of an item in the order of the network, or behind all candidates in the order of retrieval.
    func place(_ retrieved: Int, _ row: UInt32?) -> Int {
      if retrieved < best.count { return placeOfCandidate[retrieved] }
      guard let row, !own.isEmpty else { return retrieved }
      if let index = own.firstIndex(of: row) { return placeOfCandidate[best.count + index] }
      let score = scorer.score(row: Int(row))
      return retrieved + zip(own, ownScores).count { $1 < score || ($1 == score && $0 > row) }
    }
    let retrieved = found.rows.prefix(k).map { served.ids[$0] }
    let ranked = Set(candidates)
    return Ranking(
      retrieved: RankedCase(places: found.places, of: found.count, first: retrieved),
      reranked: RankedCase(
        places: zip(found.places, relevant).map(place), of: found.count,
        first: order.positions.prefix(k).map { ids[$0] }
          + found.rows.prefix(k).filter { !ranked.contains($0) }.prefix(max(0, k - candidates.count)).map {
            served.ids[$0]
          },
        logLoss: sampleLoss(query, user, scorer)),
      order: order, candidates: ids)
  }

  /// The first candidates for a user with their logits, best first.
  func ranked(
    _ query: CaseQuery, _ user: UserVectors, depth: Int, in room: inout CatalogueRoom
  ) -> [(item: ItemID, logit: Float)] {
    let scorer = RetrievalScorer(user, served, kernels)
    let found = room.scan.scan(
      count: served.ids.count, excluding: served.ids.rows(of: query.excluded), targets: [], limit: depth
    ) { rows, scores in scorer.write(rows, into: &scores) }
    let own = own(query, user, besides: found.rows)
    let rows = found.rows + own
    let ids = rows.map { served.ids[$0] }
    let logits = logits(query, user, rows, scores: found.scores + scorer.scores(of: own))
    return RankedOrder(ids: ids, logits: logits).positions.compactMap { position in
      logits[position].map { (ids[position], $0.value) }
    }
  }

  /// What the shopper has had and may be ranked, besides the candidates that retrieval found, ascending.
  private func own(_ query: CaseQuery, _ user: UserVectors, besides found: [UInt32]) -> [UInt32] {
    guard !user.owned.isEmpty else { return [] }
    let excluded = Set(query.excluded)
    return served.ids.rows(of: user.owned.ids.map { ItemID($0) }.filter { !excluded.contains($0) })
      .filter { !found.contains($0) }
  }

  /// Ranks the relevant items among listed ones alone: by inner product, and by the logit of each.
  package func rank(
    _ query: CaseQuery, among others: [ItemID], _ user: UserVectors
  ) -> (retrieved: RankedCase, reranked: RankedCase) {
    let rows = (query.relevant + others).map { served.ids.row(of: $0) }
    let known = rows.compactMap { $0 }
    let scores = RetrievalScorer(user, served, kernels).scores(of: known)
    let logits = logits(query, user, known, scores: scores)
    func ranked(_ known: [Float], logLoss: Double? = nil) -> RankedCase {
      var next = known.makeIterator()
      let values = rows.map { $0 == nil ? -.infinity : next.next() ?? -.infinity }
      return RankedCase(listed: values, relevantCount: query.relevant.count, logLoss: logLoss)
    }
    let labels = rows.indices.filter { rows[$0] != nil }.map { $0 < query.relevant.count ? Float(1) : 0 }
    return (ranked(scores), ranked(logits.map { $0?.value ?? .nan }, logLoss: Self.logLoss(logits, labels: labels)))
  }

  /// The log loss of the relevant items and of the negatives drawn for them.
  private func sampleLoss(_ query: CaseQuery, _ user: UserVectors, _ scorer: RetrievalScorer) -> Double? {
    let relevant = query.relevant.compactMap { served.ids.row(of: $0) }
    let rows = relevant + query.negatives.compactMap { served.ids.row(of: $0) }
    return Self.logLoss(
      logits(query, user, rows, scores: scorer.scores(of: rows)),
      labels: rows.indices.map { $0 < relevant.count ? 1 : 0 })
  }

  /// The first items for a query vector, the best first.
  func candidates(_ query: [Float], depth: Int, in room: inout CatalogueRoom) -> [ItemID] {
    let vector = PaddedVector(query)
    return room.scan.scan(count: served.ids.count, excluding: [], targets: [], limit: depth) { rows, scores in
      kernels.dots(vector, served.embeddings, rows: rows, into: &scores)
    }.rows.map { served.ids[$0] }
  }

  /// The logits of listed items; `nil` where one is not finite, or the model does not have the item.
  func logits(_ query: CaseQuery, _ user: UserVectors, of items: [ItemID]) -> [Float?] {
    let rows = items.map { served.ids.row(of: $0) }
    let known = rows.compactMap { $0 }
    var logits = logits(query, user, known, scores: RetrievalScorer(user, served, kernels).scores(of: known))
      .makeIterator()
    return rows.map { $0.flatMap { _ in logits.next() ?? nil }?.value }
  }

  private func logits(_ query: CaseQuery, _ user: UserVectors, _ rows: [UInt32], scores: [Float]) -> [Score?] {
    reranker.rerank(inputs(rows, scores: scores), user: user, context: query.eventContext.context)
  }

  func inputs(_ rows: [UInt32], scores: [Float]) -> CandidateInputs {
    let reranks = FloatMatrix(rows: rows.count, columns: served.reranks.columns)
    for (place, row) in rows.enumerated() { reranks.copyRow(Int(row), of: served.reranks, to: place) }
    return CandidateInputs(
      ids: rows.map { served.ids[$0] }, retrievalScores: scores.map { $0 + 0 }, reranks: reranks,
      columns: served.columns.map { $0.gathering(rows) })
  }

  /// The network's inputs of the candidates that a user's query finds.
  func inputs(_ query: CaseQuery, _ user: UserVectors, depth: Int, in room: inout CatalogueRoom) -> CandidateInputs {
    let scorer = RetrievalScorer(user, served, kernels)
    let found = room.scan.scan(
      count: served.ids.count, excluding: served.ids.rows(of: query.excluded), targets: [], limit: depth
    ) { rows, scores in scorer.write(rows, into: &scores) }
    let own = own(query, user, besides: found.rows)
    return inputs(found.rows + own, scores: found.scores + scorer.scores(of: own))
  }

  private static func logLoss(_ logits: [Score?], labels: [Float]) -> Double? {
    let finite = logits.compactMap { $0?.value }
    return finite.isEmpty || finite.count < logits.count ? nil : Metrics.logLoss(finite, labels: labels)
  }
}
