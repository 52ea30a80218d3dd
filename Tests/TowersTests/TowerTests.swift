import Kernels
import Support
import Testing
import Towers

/// Fold-in from a shopper's vectors to the vector to search by.
@Suite struct TowerTests {
  private static let d = 7

  private func vectors(_ count: Int, seed: UInt64) -> [[Float]] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in random.floats(Self.d) }
  }

  private func sum(decay: Float = 0.75, _ constant: [Float]) -> Tower {
    let parameters = TowerParameters(TowerShape(dimension: Self.d, encoder: .sum, decay: decay))
    parameters.matrices[0].setRow(0, constant)
    return .history(parameters)
  }

  private func events(_ vectors: some Sequence<[Float]>, weight: Float = 1) -> [Tower.Event] {
    vectors.map { Tower.Event($0, weight: weight) }
  }

  @Test func aSumGoesOnFromWhereItStands() {
    let constant = vectors(1, seed: 1)[0]
    let tower = sum(constant)
    let all = vectors(9, seed: 2)
    let before = tower.query(from: nil, stored: [], session: events(all.prefix(6)))
    let after = tower.query(from: before, stored: [], session: events(all.suffix(3)))
    var z = zip(before, constant).map { $0 - $1 }
    for vector in all.suffix(3) { z = zip(z, vector).map { $1.addingProduct(0.75, $0) } }
    #expect(after.map(\.bitPattern) == zip(constant, z).map { ($0 + $1).bitPattern })
    let whole = tower.query(from: nil, stored: [], session: events(all))
    for (one, other) in zip(after, whole) { #expect(abs(one - other) < 1e-5) }
    #expect(tower.query(from: nil, stored: [], session: []) == constant)
  }

  /// The solution of A q = Σ w v in float64, by elimination.
  private func solution(_ vectors: [[Float]], _ weights: [Float], items: [[Float]], _ settings: ALSFold.Settings)
    -> [Double]
  {
    var a = [[Double]](repeating: [Double](repeating: 0, count: Self.d + 1), count: Self.d)
    func add(_ vector: [Float], _ weight: Double, _ target: Double) {
      for i in 0..<Self.d {
        for j in 0..<Self.d { a[i][j] += weight * Double(vector[i]) * Double(vector[j]) }
        a[i][Self.d] += target * Double(vector[i])
      }
    }
    for item in items { add(item, Double(settings.alpha), 0) }
    for (vector, weight) in zip(vectors, weights) { add(vector, Double(weight), Double(weight)) }
    let mass = weights.reduce(0) { $0 + Double($1) } + Double(settings.alpha) * Double(settings.itemCount)
    for i in 0..<Self.d { a[i][i] += Double(settings.lambda) * mass }
    for k in 0..<Self.d {
      for i in 0..<Self.d where i != k {
        let factor = a[i][k] / a[k][k]
        for j in k...Self.d { a[i][j] -= factor * a[k][j] }
      }
    }
    return (0..<Self.d).map { a[$0][Self.d] / a[$0][$0] }
  }

  @Test(arguments: [0, 1, 4])
  func leastSquaresGiveTheSolutionForAllEventsTogether(sessionCount: Int) {
    let items = vectors(40, seed: 3)
    let fold = ALSFold(items: FloatMatrix(rows: items, columns: Self.d), alpha: 0.2, lambda: 0.05, length: 8)
    let tower = Tower.als(fold)
    let (stored, session) = (Array(items.prefix(5)), Array(items.suffix(sessionCount)))
    let known = tower.query(from: nil, stored: [], session: events(stored, weight: 1.5))
    let direct = solution(stored, [Float](repeating: 1.5, count: 5), items: items, fold.settings)
    for (one, other) in zip(known, direct) { #expect(abs(Double(one) - other) < 1e-4) }
    let after = tower.query(
      from: known, stored: events(stored, weight: 1.5), session: events(session, weight: 0.5))
    let both = solution(
      stored + session, [1.5, 1.5, 1.5, 1.5, 1.5] + [Float](repeating: 0.5, count: sessionCount), items: items,
      fold.settings)
    for (one, other) in zip(after, both) { #expect(abs(Double(one) - other) < 1e-4) }
    if sessionCount == 0 { #expect(after == known) } else { #expect(after != known) }
  }

  @Test func theLatestEventsCount() {
    let attention = Tower.history(TowerParameters(TowerShape(dimension: 8, encoder: .attention, length: 5), seed: 1))
    #expect(attention.window(stored: 9, session: 2) == (3, 2))
    #expect(attention.window(stored: 1, session: 2) == (1, 2))
    #expect(attention.window(stored: 9, session: 7) == (0, 5))
    #expect(attention.settings.storedLength == 5)
    let sum = sum(vectors(1, seed: 1)[0])
    #expect(sum.window(stored: 9, session: 700) == (0, 700) && sum.settings.storedLength == 0)
    let fold = ALSFold(items: FloatMatrix(rows: vectors(9, seed: 1), columns: Self.d), alpha: 1, lambda: 1, length: 8)
    #expect(Tower.als(fold).window(stored: 8, session: 95) == (5, 95))
    #expect(Tower.als(fold).window(stored: 8, session: 500) == (0, 100))
  }

  @Test func aSessionsItemsAreClicksOrWhatWeighsLeast() {
    func kind(_ weights: [String: Float]) -> (String?, Float) {
      TowerSettings(.history(TowerShape(dimension: 1, encoder: .sum)), weights: weights).sessionKind
    }
    #expect(kind(["view": 1, "click": 2, "purchase": 8]) == ("click", 2))
    #expect(kind(["view": 1, "purchase": 8]) == ("view", 1))
    #expect(kind(["b": 3, "a": 3]) == ("a", 3))
    #expect(kind([:]) == (nil, 1))
  }
}
