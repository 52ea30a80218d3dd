import Ranking
package import Vocabulary

extension TwoPhaseRanker {
  /// A cap on the first items: a limit for each value of an attribute.
  package struct Cap: Sendable {
    /// Of the standing under it.
    let name: String
    let most: Int
    /// The value of an item.
    let value: @Sendable (ItemID) -> AttributeValue?

    package init(name: String, most: Int, value: @escaping @Sendable (ItemID) -> AttributeValue?) {
      self.name = name
      self.most = most
      self.value = value
    }
  }

  /// How the two phases did on a test.
  package struct Outcome: Sendable {
    /// By inner product alone.
    package let retrieved: Standing
    package let reranked: Standing
    /// The same under a cap, if there is one.
    package let capped: Standing?
    /// Cases whose user the model does not know, nor has it vectors for such: they count as misses.
    package let unansweredCount: Int
    /// Relevant items that the model does not have.
    package let unknownItemCount: Int
  }

  /// Ranks every case of a test.
  ///
  /// - Parameters:
  ///   - k: First items to list.
  ///   - progress: Told how many cases are done.
  ///   - cap: Only for cases that are ranked among the whole catalogue.
  package func run(
    _ test: TestSet, depth: Int, k: Int, cap: Cap? = nil, threads: Int,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) -> Outcome {
    struct Case: Sendable {
      let retrieved, reranked: RankedCase
      var capped: RankedCase?
      var isAnswered = true
      var unknownItems = 0
    }
    let cases = CaseRun.map(
      count: test.cases.count, threads: threads, room: { CatalogueRoom() }, progress: progress
    ) { index, room in
      let query = test.query(index)
      guard let user = vectors(of: query, test) else {
        let miss = RankedCase.unanswered(test.cases[index])
        return Case(retrieved: miss, reranked: miss, capped: cap.map { _ in miss }, isAnswered: false)
      }
      var result: Case
      if let others = query.others {
        let (retrieved, reranked) = rank(query, among: others, user)
        result = Case(retrieved: retrieved, reranked: reranked)
      } else {
        let ranking = rank(query, user, depth: depth, k: k, in: &room)
        result = Case(retrieved: ranking.retrieved, reranked: ranking.reranked)
        result.capped = cap.map { ranking.capped(k, most: $0.most, of: query.relevant, value: $0.value) }
      }
      result.unknownItems = query.relevant.count { served.ids.row(of: $0) == nil }
      return result
    }
    return Outcome(
      retrieved: Standing("retrieval", cases.map(\.retrieved)), reranked: Standing("re-ranked", cases.map(\.reranked)),
      capped: cap.map { Standing($0.name, cases.compactMap(\.capped)) },
      unansweredCount: cases.count { !$0.isAnswered }, unknownItemCount: cases.reduce(0) { $0 + $1.unknownItems })
  }
}

extension BaselineRanker {
  /// Ranks every case of a test.
  package func run(
    _ test: TestSet, name: String, k: Int, threads: Int, progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) -> Standing {
    Standing(
      name,
      CaseRun.map(count: test.cases.count, threads: threads, room: { CatalogueRoom() }, progress: progress) {
        index, room in
        rank(test.query(index), k: k, in: &room)
      })
  }
}
