import Foundation
import Support
import Testing
import Towers
import Vocabulary

@Suite struct WordRankingTests {
  @Test func scoresHaveTheBitsOfThePage() throws {
    let rows = try SpecPage.rows(under: "Ranking scores of searches by words")
    #expect(rows.count >= 4)
    for row in rows {
      var ranking = WordRanking()
      let weights = try SpecPage.floats(row[0])
      (ranking.fused, ranking.logit) = (weights[0], weights[1])
      let cells = row[1] == "-" ? [] : row[1].split(separator: " ").map { String($0) }
      ranking.inputs = try stride(from: 0, to: cells.count, by: 3).map { place in
        let numbers = try SpecPage.floats(cells[place + 1] + " " + cells[place + 2])
        return WordRanking.Reading(
          try #require(WordRanking.Input(rawValue: cells[place])), mean: numbers[0], scale: numbers[1])
      }
      ranking.neurons = try (row[2] == "-" ? [] : row[2].split(separator: "/")).map { cell in
        let numbers = try SpecPage.floats(cell.trimmingCharacters(in: .whitespaces))
        return WordRanking.Neuron(
          bias: numbers[0], weights: Array(numbers[1..<numbers.count - 1]), out: numbers[numbers.count - 1])
      }
      let own = try SpecPage.floats(row[3])
      let candidate = WordRanking.Candidate(lexical: own[0], product: own[1], fused: own[2], logit: own[3])
      let score = try #require(ranking.score(candidate, query: try SpecPage.floats(row[4])))
      #expect(score.value.bitPattern == (try SpecPage.floats(row[5])[0]).bitPattern, "\(row)")
    }
  }

  @Test func aScoreThatIsNotFiniteIsNone() {
    let candidate = WordRanking.Candidate(lexical: 1, product: 1, fused: 3e38, logit: 0)
    #expect(WordRanking().score(candidate) == nil)
  }
}
