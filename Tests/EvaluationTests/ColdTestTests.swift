import Names
import Ranking
import Storage
import Support
import Testing
import Vocabulary

@testable import DataSets
@testable import Evaluation

struct ColdTestTests {
  private func test(_ fixture: EvaluationFixture, settings: String?) throws -> (ColdTest, TwoPhaseRanker, TestSet) {
    let directory = TemporaryDirectory()
    try fixture.write(directory)
    if let settings {
      let text = #"{"settings": {"loss": "cross-entropy", "depth": "10", \#(settings)}}"#
      try RealDisk().replace("\(directory.path)/model/training.json", with: Array(text.utf8))
    }
    let ranker = TwoPhaseRanker(try fixture.served(directory))
    let test = try TestSet(fixture.read(), held: nil)
    let popularity = BaselineRanker(.popularity, test.learned, ids: ranker.served.ids) { [data = fixture.data] in
      data.items.position(ofID: $0.rawValue)
    }
    return (ColdTest(ranker, popularity, test, depth: 20, k: 5, threads: 2), ranker, test)
  }

  @Test func aHiddenShopperIsServedByWhatIsKnown() throws {
    let fixture = try EvaluationFixture(hasFallback: true)
    let (cold, ranker, test) = try test(fixture, settings: nil)
    #expect(cold.rows.map(\.known) == [0, 1, 2, 5, 10] && cold.probabilities == nil)
    let counts = cold.rows.map { row in test.cases.count { test.known[$0.user].count >= row.known } }
    #expect(cold.rows.map(\.model.cases.count) == counts && counts[0] == test.cases.count && counts[3] < counts[0])
    // Nothing known: all are asked for by the vectors of strangers, and nothing is left out.
    var room = CatalogueRoom()
    for (index, ranked) in cold.rows[0].model.cases.enumerated() {
      let fallback = try #require(fixture.model.fallback)
      let (query, session) = test.coldQuery(index, known: 0)
      #expect(session.isEmpty && query.excluded.isEmpty)
      #expect(ranked == ranker.rank(query, fallback, depth: 20, k: 5, in: &room).reranked)
    }
    // Two events known: the mean of their items, as a server has it, and these are left out.
    let (query, session) = test.coldQuery(0, known: 2)
    #expect(session.count == 2 && query.excluded == session.filter { !query.relevant.contains($0) })
    let known = session.compactMap { id in fixture.items.first { $0.id == id } }
    let vectors = try #require(ranker.vectors(of: session))
    func mean(_ value: (Item) -> Float) -> Float {
      var sum: Float = 0
      for item in known { sum += value(item) }
      return sum / Float(known.count)
    }
    let means: [Float] = (0..<6).map { column in mean { $0.embedding[column] } }
    #expect(vectors.query == means)
    #expect(vectors.profile == fixture.model.fallback?.profile)
    #expect(vectors.vector[0] == mean { $0.rerank[0] })
  }

  @Test func probabilitiesAreJudgedByNegativesDrawnAsInTraining() throws {
    let fixture = try EvaluationFixture(hasFallback: true)
    let (cold, ranker, test) = try test(fixture, settings: #""negatives": "6", "hard-negatives": "2""#)
    let probabilities = try #require(cold.probabilities)
    let pairs = probabilities.bins.map(\.pairs).reduce(0, +)
    #expect(probabilities.bins.count == 10 && pairs > test.cases.count * 6)
    var events = 0.0
    for bin in probabilities.bins { events += bin.observed * Double(bin.pairs) }
    let known = test.cases.indices.flatMap { test.query($0).relevant }.count { ranker.served.ids.row(of: $0) != nil }
    #expect(abs(events - Double(known)) < 1e-6)
    let predicted = probabilities.bins.map(\.predicted)
    #expect(predicted == predicted.sorted() && predicted.allSatisfy { (0...1).contains($0) })
    #expect(try self.test(fixture, settings: #""negatives": "2", "hard-negatives": "3""#).0.probabilities == nil)
  }

  @Test func binsCompareWhatIsSaidWithWhatHappens() {
    // One of four at logit 0, three of four at logit 2.
    let logits: [Float] = [0, 2, 0, 2, 0, 2, 0, 2]
    let bins = ProbabilityBins(logits, labels: [1, 1, 0, 1, 0, 1, 0, 0], count: 2)
    #expect(bins.bins.map(\.pairs) == [4, 4] && bins.bins.map(\.observed) == [0.25, 0.75])
    #expect(bins.bins[0].predicted == 0.5 && abs(bins.bins[1].predicted - 0.8807970779778823) < 1e-12)
    #expect(abs(bins.gapMax - 0.25) < 1e-12)
    #expect(ProbabilityBins([1], labels: [1]).bins.count == 1)
  }
}
