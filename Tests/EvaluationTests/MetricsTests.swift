import DataSets
import Evaluation
import Foundation
import Support
import Testing

struct MetricsTests {
  @Test func metricsOfKnownRankings() {
    #expect(Metrics.hit([3, 12], at: 10) == 1 && Metrics.hit([10], at: 10) == 0)
    #expect(Metrics.recall([3, 12], at: 10) == 0.5)
    #expect(Metrics.ndcg([0], at: 10) == 1 && Metrics.ndcg([10], at: 10) == 0)
    #expect(abs(Metrics.ndcg([2], at: 10) - 0.5) < 1e-12)
    let ideal = 1 + 1 / log2(3.0)
    #expect(abs(Metrics.ndcg([0, 3], at: 10) - (1 + 1 / log2(5)) / ideal) < 1e-12)
    #expect(Metrics.reciprocalRank([4, 9]) == 0.2 && Metrics.reciprocalRank([4], at: 4) == 0)
    #expect(Metrics.auc([0], of: 5) == 1 && Metrics.auc([4], of: 5) == 0 && Metrics.auc([0, 1], of: 2) == 0.5)
    #expect(Metrics.auc([1, 3], of: 5) == 1 - 3.0 / 6)
    #expect(abs(Metrics.logLoss([0, 2], labels: [1, 0]) - (log(2) + log(1 + exp(2))) / 2) < 1e-12)
  }

  @Test func tiesGoByPlaceAndANaNRanksLast() {
    #expect(Metrics.rank(of: 1, in: [5, 5, 5]) == 1)
    #expect(Metrics.rank(of: 0, in: [.nan, 1, -3]) == 2)
  }

  @Test func anEvaluationHidesWhatTheUserHasHad() {
    var log = Interactions(userCount: 2, itemCount: 5)
    log.append(user: 0, item: 4)
    log.append(user: 0, item: 3)
    let cases = [TestCase(user: 0, relevant: [1]), TestCase(user: 1, relevant: [0], others: [2, 3])]
    let result = CaseRanks(cases, histories: Histories(log)) { _, items in
      items?.map(Float.init) ?? [0, 1, 2, 3, 4]
    }
    #expect(result.ranks == [[1], [2]] && result.counts == [3, 3])
    #expect(result.hitRate(at: 2) == 0.5 && result.mrr() == (0.5 + 1.0 / 3) / 2)
    #expect(result.auc == (0.5 + 0) / 2)
    // A model without an opinion scores nothing under sampled negatives.
    let blank = CaseRanks([cases[1]], histories: Histories(log)) { _, _ in [0, 0, 0] }
    #expect(blank.ranks == [[2]])
  }

  @Test func intervalsHoldTheMeanAndPairingFindsSmallDifferences() {
    var random = SeededRandom(seed: 8)
    let a = (0..<500).map { _ in Double.random(in: 0...1, using: &random) }
    let b = a.map { $0 - 0.01 + Double.random(in: -0.01...0.01, using: &random) }
    let interval = Bootstrap.interval(a)
    #expect(interval.low < interval.mean && interval.mean < interval.high)
    // 1.96 · 0.289 / √500 on each side.
    #expect(abs(interval.high - interval.low - 0.0506) < 0.01)
    #expect(interval == Bootstrap.interval(a))
    let difference = Bootstrap.paired(a, b)
    #expect(difference.excludesZero && abs(difference.mean - 0.01) < 0.001)
    #expect(!Bootstrap.paired(a, a).excludesZero)
  }

  @Test func baselinesRankAsTheySay() {
    var log = Interactions(userCount: 4, itemCount: 5)
    for (user, items) in [[0, 1], [0, 1, 2], [0, 3], [3, 0, 3]].enumerated() {
      for item in items { log.append(user: user, item: item) }
    }
    let histories = Histories(log)
    #expect(PopularityBaseline(histories).scores(nil) == [4, 2, 1, 3, 0])
    #expect(PopularityBaseline(histories).scores([3, 4]) == [3, 0])
    #expect(OwnHistoryBaseline(histories, decay: 0.5).scores(user: 3, nil) == [0.5, 0, 0, 1.25, 0])
    var options = ItemNeighbours.Options()
    options.decay = 0.5
    let neighbours = ItemNeighbours(histories, options)
    let scores = neighbours.scores(user: 0, nil)
    // Users of item 1: 0, 1; of item 0: all four.
    let cosine01 = 1 / Float(2).squareRoot()
    #expect(abs(scores[0] - cosine01) < 1e-6)
    #expect(abs(scores[1] - 0.5 * cosine01) < 1e-6)
    #expect(scores[4] == 0)
  }

  @Test func lastEventsAreHeldOutByTime() {
    var log = Interactions(userCount: 2, itemCount: 4)
    log.append(user: 0, item: 1, time: 30)
    log.append(user: 0, item: 2, time: 10)
    log.append(user: 0, item: 3, time: 30)
    log.append(user: 1, item: 0, time: 5)
    let (rest, heldOut) = log.leavingLastOut()
    #expect(heldOut == [[3], []])
    #expect(rest.items == [1, 2, 0] && rest.userCount == 2 && rest.itemCount == 4)
    #expect(Array(Histories(rest)[0]) == [2, 1])
  }
}
