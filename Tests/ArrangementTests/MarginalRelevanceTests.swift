import Arrangement
import Kernels
import Testing
import Vocabulary

@Suite struct MarginalRelevanceTests {
  /// The order by the definition alone: each time the greatest likeness is looked for among all that are placed.
  private static func slow(_ logits: [Float], _ vectors: [[Float]], lambda: Float, places: Int) -> [Int] {
    let unit = vectors.map { vector -> [Float] in
      let norm = Exact.dot(vector, vector).squareRoot()
      return norm > 0 ? vector.map { $0 / norm } : vector
    }
    let (least, greatest) = (logits.min() ?? 0, logits.max() ?? 0)
    let relevance = logits.map { greatest > least ? ($0 - least) / (greatest - least) : 0 }
    var placed: [Int] = []
    while placed.count < min(places, logits.count) {
      let worths = logits.indices.filter { !placed.contains($0) }.map { candidate in
        let likeness = placed.map { Exact.dot(unit[$0], unit[candidate]) }.max() ?? 0
        return (candidate, (1 - lambda) * relevance[candidate] - lambda * likeness)
      }
      guard let best = worths.map(\.1).max(), let chosen = worths.first(where: { $0.1 == best }) else { break }
      placed.append(chosen.0)
    }
    return placed + logits.indices.filter { !placed.contains($0) }
  }

  @Test func theOrderIsThatOfTheDefinition() {
    var random = SplitMix64(seed: 22)
    for _ in 0..<200 {
      let (w, d) = (Int(random.next() % 40), 1 + Int(random.next() % 24))
      let logits = (0..<w).map { _ in Float(random.next() % 9) / 4 }.sorted(by: >)
      let vectors = (0..<w).map { _ in (0..<d).map { _ in Float(Int(random.next() % 7)) - 3 } }
      let lambda = Float(random.next() % 5) / 4
      let places = Int(random.next() % 41)
      let order = MarginalRelevance.order(
        logits: logits, Likeness(vectors: vectors), lambda: lambda, places: places)
      #expect(order == Self.slow(logits, vectors, lambda: lambda, places: places))
    }
  }

  @Test func withoutLambdaTheOrderStays() {
    let vectors = [[Float]](repeating: [1, 0], count: 6)
    let order = MarginalRelevance.order(logits: [5, 4, 3, 2, 1, 0], Likeness(vectors: vectors), lambda: 0, places: 6)
    #expect(order == [0, 1, 2, 3, 4, 5])
  }

  @Test func equalValuesAreAlike() {
    let values: [AttributeValue?] = [.keyword("a"), .keyword("a"), .keyword("b"), nil, nil]
    let likeness = Likeness(values: values)
    #expect(likeness.mean(of: [0, 1]) == 1 && likeness.mean(of: [0, 2]) == 0 && likeness.mean(of: [3, 4]) == 0)
    let order = MarginalRelevance.order(logits: [5, 4, 3, 2, 1], likeness, lambda: 0.5, places: 3)
    #expect(order == [0, 2, 3, 1, 4])
  }

  @Test func anUnknownVectorIsLikeNoOther() {
    let likeness = Likeness(vectors: [[1, 1], [], [2, 2]])
    #expect(likeness.mean(of: [0, 1]) == 0)
    #expect(abs(likeness.mean(of: [0, 2]) - 1) < 1e-6)
  }
}
