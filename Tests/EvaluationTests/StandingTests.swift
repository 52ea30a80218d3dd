import Evaluation
import Support
import Testing
import Vocabulary

struct StandingTests {
  private func ids(_ numbers: [UInt64]) -> [ItemID] { numbers.map { ItemID($0) } }

  @Test func meansAreThoseOfCasesCountedByHand() throws {
    let standing = Standing(
      "x",
      [
        RankedCase(places: [0], of: 5, first: ids([1, 2, 3]), logLoss: 0.5),
        RankedCase(places: [2, 9], of: 10, first: ids([2, 3, 4]), logLoss: 1.5),
        RankedCase(places: [7], of: 11, first: ids([5, 2, 9])),
      ])
    let metrics = Metric.all([1, 3])
    #expect(
      metrics.map(\.name) == [
        "HR@1", "NDCG@1", "MRR@1", "recall@1", "HR@3", "NDCG@3", "MRR@3", "recall@3", "AUC", "log loss",
      ])
    let means = standing.intervals(metrics).map { $0?.mean }
    let third = (1 + 1 / 1.584962500721156) * 2
    let ndcg = (1 + 1 / third) / 3
    let auc = (1 + 0.375 + 0.3) / 3
    let expected: [Double] = [1.0 / 3, 1.0 / 3, 1.0 / 3, 1.0 / 3, 2.0 / 3, ndcg, 4.0 / 9, 0.5, auc]
    for (mean, expected) in zip(means, expected) { #expect(abs((mean ?? .nan) - expected) < 1e-12) }
    // The third case has no log loss, so there is no mean of all.
    #expect(means.last == .some(nil))
    #expect(standing.covered(1) == 3 && standing.covered(3) == 6)
  }

  @Test func onlyTheFirstPlacesOfALiveAnswerAreKnown() {
    let ranked = RankedCase(relevant: ids([7, 8]), first: ids([9, 8, 1]))
    #expect(ranked.places == [.max, 1] && ranked.auc == nil)
    #expect(Metric.recall(2).value(ranked) == 0.5 && Metric.reciprocalRank(3).value(ranked) == 0.5)
    #expect(Standing("live", [ranked]).intervals([.auc, .hitRate(1)]).map { $0?.mean } == [nil, 0])
  }

  @Test func pairedIntervalsAreNarrowerThanThoseOfTheirParts() throws {
    var random = SeededRandom(seed: 3)
    let places = (0..<400).map { _ in Int(random.next() % 20) }
    let ours = Standing("a", places.map { RankedCase(places: [$0], of: 50) })
    // One place better in every second case.
    let better = Standing("b", places.enumerated().map { RankedCase(places: [max(0, $1 - $0 % 2)], of: 50) })
    let metrics: [Metric] = [.ndcg(10), .auc]
    let difference = try #require(better.differences(to: ours, metrics)[0])
    let alone = try #require(better.intervals(metrics)[0])
    #expect(difference.excludesZero && difference.low > 0)
    #expect(difference.high - difference.low < (alone.high - alone.low) / 4)
    #expect(!(ours.differences(to: ours, metrics)[0]?.excludesZero ?? true))
    #expect(better.intervals(metrics, threads: 1) == better.intervals(metrics, threads: 3))
    // A metric's interval does not depend on which others are asked for.
    #expect(better.intervals([.auc])[0] == better.intervals(metrics)[1])
  }
}
