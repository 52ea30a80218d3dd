import Names
import Ranking
import Storage
import Support
import Testing
import Vocabulary

@testable import DataSets
@testable import Evaluation

struct TradeOffTests {
  @Test func diversityBeginsWithTheOrderOfTheLogitsAndLowersSimilarity() throws {
    let directory = TemporaryDirectory()
    let fixture = try EvaluationFixture(hasFallback: true)
    try fixture.write(directory)
    let ranker = TwoPhaseRanker(try fixture.served(directory))
    let test = try TestSet(fixture.read(), held: nil)
    let tradeOff = TradeOff(diversityOf: ranker, test, window: 20, k: 5, threads: 2)
    let plain = ranker.run(test, depth: 20, k: 5, threads: 1).reranked
    let ndcg = try #require(plain.values(.ndcg(5)))
    #expect(tradeOff.points.map(\.strength).count == 10 && tradeOff.points[0].strength == 0)
    #expect(abs(tradeOff.points[0].ndcg.mean - ndcg.reduce(0, +) / Double(ndcg.count)) < 1e-12)
    #expect(tradeOff.points[0].difference.mean == 0)
    #expect(tradeOff.points[9].measure < tradeOff.points[0].measure)
    #expect(
      TradeOff(diversityOf: ranker, test, window: 20, k: 5, threads: 1).points.map(\.measure)
        == tradeOff.points.map(\.measure))
  }

  @Test func exposureOverTimeComesNearerToItsTargets() throws {
    let directory = TemporaryDirectory()
    let fixture = try EvaluationFixture(hasFallback: true)
    try fixture.write(directory)
    let ranker = TwoPhaseRanker(try fixture.served(directory))
    let read = fixture.read()
    let test = try TestSet(read, held: nil)
    let groups = try #require(ItemGroups("popularity_decile", read.data, learned: test.learned))
    let tradeOff = TradeOff(exposureOf: groups, ranker, test, window: 20, k: 5, threads: 1) {
      read.data.items.position(ofID: $0.rawValue)
    }
    #expect(tradeOff.points.count == 10 && tradeOff.points[0].difference.mean == 0)
    #expect(tradeOff.points[9].measure < tradeOff.points[0].measure)
  }
}
