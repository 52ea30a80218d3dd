import Support
import Testing
import Towers
import Vocabulary

@testable import Learning

@Suite struct WordRankingFitTests {
  /// Searches of 30 candidates of which the wanted one is the best by `truth`.
  private static func searches(
    _ count: Int, seed: UInt64, _ truth: (WordRanking.Candidate, [Float]) -> Float
  ) -> [WordRankingFit.Search] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in
      let query = random.floats(4, in: 0...1)
      let candidates = (0..<30).map { _ in
        let own = random.floats(4, in: 0...1)
        return WordRanking.Candidate(lexical: own[0], product: own[1], fused: own[2], logit: 4 * own[3] - 2)
      }
      let wanted = candidates.indices.max { truth(candidates[$0], query) < truth(candidates[$1], query) } ?? 0
      return WordRankingFit.Search(candidates, query: query, wanted: wanted)
    }
  }

  /// The share of searches whose wanted candidate comes first.
  private static func first(
    _ ranking: WordRanking, seed: UInt64, _ truth: (WordRanking.Candidate, [Float]) -> Float
  ) -> Double {
    let tested = searches(300, seed: seed, truth)
    let found = tested.count { search in
      let scores = search.candidates.map { ranking.score($0, query: search.query)?.value ?? -.infinity }
      return scores.indices.allSatisfy { scores[$0] <= scores[search.wanted] }
    }
    return Double(found) / Double(tested.count)
  }

  @Test func theTwoWeightsAreFoundAndAreNotBelowZero() {
    func truth(_ candidate: WordRanking.Candidate, _: [Float]) -> Float { 8 * candidate.fused + candidate.logit }
    // The truth has no noise, so that what is found nears it with the number of steps.
    let linear = WordRankingFit(Self.searches(1200, seed: 1, truth)).linear()
    #expect(linear.neurons.isEmpty)
    #expect(abs(linear.fused / linear.logit - 8) < 1.5, "\(linear)")
    #expect(Self.first(linear, seed: 2, truth) > 0.9)
    func harm(_ candidate: WordRanking.Candidate, _: [Float]) -> Float { 8 * candidate.fused - candidate.logit }
    #expect(WordRankingFit(Self.searches(300, seed: 1, harm)).linear().logit == 0)
  }

  @Test func aCorrectionFindsWhatTheSumCannotSay() {
    // What the shopper likes counts only where the query is broad.
    func truth(_ candidate: WordRanking.Candidate, _ query: [Float]) -> Float {
      8 * candidate.fused + (query[0] < 0.5 ? 4 : 0) * candidate.logit
    }
    let fit = WordRankingFit(Self.searches(600, seed: 3, truth))
    let linear = fit.linear()
    let corrected = fit.corrected(linear)
    #expect(corrected.neurons.count == WordRankingFit.neurons && corrected.inputs.count == 8)
    let (plain, better) = (Self.first(linear, seed: 4, truth), Self.first(corrected, seed: 4, truth))
    #expect(better > plain + 0.05, "\(plain), \(better)")
    #expect(fit.corrected(linear) == corrected, "the same searches give the same numbers")
  }
}
