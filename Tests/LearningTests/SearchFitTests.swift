import Evaluation
import Learning
import Support
import Testing
import Towers

@Suite struct SearchFitTests {
  /// Parts of 60 items of which the wanted one is the best by words and shopper together.
  private static func events(_ count: Int) -> [SearchFit.Event] {
    var random = SeededRandom(seed: 8)
    return (0..<count).map { number in
      var columns = (0..<SearchWeights.count).map { _ in random.floats(60, in: 0...1) }
      // What has no part in the choice.
      columns[5] = columns[5].map { _ in Float.random(in: -1...1, using: &random) }
      let scores: [Float] = (0..<60).map { place in
        let behind: Float = 0.5 * (columns[2][place] - columns[6][place])
        return columns[0][place] + behind
      }
      let wanted = scores.indices.max { scores[$0] < scores[$1] } ?? 0
      return SearchFit.Event(
        SearchParts(columns: columns, gate: random.floats(4, in: 0...1), hidden: []), wanted: wanted, number: number)
    }
  }

  @Test func slopesAreThoseOfTheLoss() {
    let fit = SearchFit(Self.events(7))
    let values = [1.5, 0.5, 0.75, 0.25, 0.5, 0.3, 0.125, 0.25, -0.5, 0.75, 0.5, -0.25]
    func loss(_ values: [Double]) -> Double {
      var settings = SearchSettings(dimension: 1, rowCount: 1, behaviour: 1)
      settings.weights.values = values.prefix(7).map(Float.init)
      settings.gate = values.dropFirst(7).map(Float.init)
      return fit.loss(settings)
    }
    let slopes = fit.slopes(values)
    for place in values.indices {
      // A power of two, so that float32 has the changed value exactly.
      var (above, below) = (values, values)
      above[place] += 0x1p-10
      below[place] -= 0x1p-10
      let slope = (loss(above) - loss(below)) * 0x1p9
      #expect(abs(slope - slopes[place]) < 1e-4 + 1e-3 * abs(slope), "value \(place)")
    }
  }

  @Test func noWeightIsBelowZeroAndThoseThatChooseAreFound() {
    let fit = SearchFit(Self.events(200))
    let fitted = fit.fitted(SearchSettings(dimension: 1, rowCount: 1, behaviour: 1), gated: false)
    let weights = fitted.weights
    #expect(weights.lexical == 1)
    #expect(weights.values.allSatisfy { $0 >= 0 })
    #expect(abs(weights.user - 0.5) < 0.15, "\(weights)")
    #expect(weights.popularity == 0 && weights.text < 0.15 && weights.attendedHistory < 0.15, "\(weights)")
    #expect(fitted.gate == [0, 0, 0, 0, 0])
    let texts = fit.fitted(SearchSettings(dimension: 1, rowCount: 1), gated: true).weights
    #expect(texts.user == 0 && texts.attended == 0 && texts.popularity == 0)
  }
}
