import DataSets
import Kernels
import Ranking
import Vocabulary

/// How a model serves shoppers that it does not know, by the number of their events in a session.
///
/// The users of a test are hidden from the model: their last known events come as the items of a session, as a front end
/// sends them, and no more of them is known.
package struct ColdTest: Sendable {
  /// How many events of a shopper are known.
  package static let counts = [0, 1, 2, 5, 10]

  /// All shoppers with this number of events or more.
  package struct Row: Sendable {
    package let known: Int
    package let model, popularity: Standing
  }

  package let rows: [Row]
  /// Whether probabilities hold where nothing is known; `nil` if it is not known how training drew negatives.
  package let probabilities: ProbabilityBins?

  /// - Parameters:
  ///   - popularity: The baseline to compare with.
  ///   - progress: Told how many cases are done.
  package init(
    _ ranker: TwoPhaseRanker, _ popularity: BaselineRanker, _ test: TestSet, depth: Int, k: Int, threads: Int,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    rows = Self.counts.map { known in
      let cases = test.cases.indices.filter { test.known[test.cases[$0].user].count >= known }
      let ranked = CaseRun.map(count: cases.count, threads: threads, room: { CatalogueRoom() }, progress: progress) {
        place, room in
        let (query, session) = test.coldQuery(cases[place], known: known)
        let rival = popularity.rank(query, k: k, in: &room)
        guard let user = ranker.vectors(of: session, query.eventContext.context) else {
          return (RankedCase.unanswered(test.cases[cases[place]]), rival)
        }
        return (ranker.rank(query, user, depth: depth, k: k, in: &room).reranked, rival)
      }
      return Row(
        known: known, model: Standing("re-ranked", ranked.map(\.0)), popularity: Standing("popularity", ranked.map(\.1))
      )
    }
    probabilities = Self.probabilities(ranker, test, threads: threads)
  }

  /// Of tested events and of negatives that are drawn as training draws them.
  private static func probabilities(_ ranker: TwoPhaseRanker, _ test: TestSet, threads: Int) -> ProbabilityBins? {
    guard let draws = ranker.served.draws, let user = ranker.vectors(of: []) else { return nil }
    let pairs = CaseRun.map(count: test.cases.count, threads: threads, room: { CatalogueRoom() }) { index, room in
      let (query, _) = test.coldQuery(index, known: 0)
      let own = ranker.vectors(of: query.user) ?? user
      let offered = ranker.candidates(own.query, depth: draws.depth, in: &room)
      let items = query.relevant + test.drawnNegatives(of: index, draws, among: offered)
      let labels = items.indices.map { $0 < query.relevant.count ? Float(1) : 0 }
      return Array(zip(ranker.logits(query, user, of: items), labels))
    }.joined().compactMap { logit, label in logit.map { ($0, label) } }
    return pairs.isEmpty ? nil : ProbabilityBins(pairs.map(\.0), labels: pairs.map(\.1))
  }
}

/// How training draws the negatives of an event.
package struct NegativeDraws: Sendable, Equatable {
  /// Of each event, and how many of them among what a query finds first.
  let count, hardCount: Int
  let depth: Int

  /// By the settings of `training.json`; `nil` where these do not say, or their loss makes no probabilities.
  init?(_ settings: [String: String]) {
    guard settings["loss"] == "cross-entropy", let count = settings["negatives"].flatMap({ Int($0) }),
      let hardCount = settings["hard-negatives"].flatMap({ Int($0) }),
      let depth = settings["depth"].flatMap({ Int($0) }),
      (0...1000).contains(count), (0...count).contains(hardCount), (1...Limits.depthMax).contains(depth)
    else { return nil }
    (self.count, self.hardCount, self.depth) = (count, hardCount, depth)
  }
}

extension TestSet {
  /// A case as the query of a shopper that the model does not know, with the last events that are known as its session.
  func coldQuery(_ index: Int, known count: Int) -> (query: CaseQuery, session: [ItemID]) {
    let query = query(index)
    let session = known[query.userIndex].suffix(count).map { itemIDs[Int($0)] }
    let cold = CaseQuery(
      user: query.user, userIndex: query.userIndex, relevant: query.relevant,
      excluded: options.keepsKnown ? [] : session.filter { !query.relevant.contains($0) }, others: nil,
      negatives: query.negatives, eventContext: query.eventContext)
    return (cold, session)
  }

  /// The negatives of a case, as many for each relevant item as in training, some of them from what the user would be
  /// offered.
  func drawnNegatives(of index: Int, _ draws: NegativeDraws, among offered: [ItemID]) -> [ItemID] {
    let test = cases[index]
    let random = CounterRandom(seed: options.seed, stream: 0x434F_4C44_0000_0000 + UInt64(index))
    let had = Set(hadItems(test.user))
    let new = offered.filter { !had.contains($0) }
    let hard = new.isEmpty ? 0 : draws.hardCount * test.relevant.count
    return (0..<hard).map { new[random.below(new.count, UInt64($0))] }
      + negatives(of: index, count: draws.count * test.relevant.count - hard).map { itemIDs[Int($0)] }
  }
}
