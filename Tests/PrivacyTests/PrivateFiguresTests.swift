import Testing

@testable import Privacy

@Suite struct PrivateFiguresTests {
  @Test func meansComeNearTheExactOnesAndStayFractions() {
    let values = [(0..<2000).map { Double($0 % 4) / 3 }, (0..<2000).map { $0 % 5 == 0 ? 1 : 0 }]
    let mechanism = PrivateFigures.mechanism(sigma: 2)
    let figures = PrivateFigures(values, mechanism, DiscreteGaussianTests.key)
    for (mean, exact) in zip(figures.means, [0.5, 0.2]) { #expect(abs(mean - exact) < 6 * figures.deviation) }
    #expect(figures.means != [0.5, 0.2] && figures.deviation < 0.005)
    #expect(PrivateFigures(values, mechanism, DiscreteGaussianTests.key) == figures)
    let few = PrivateFigures([[1], [0]], PrivateFigures.mechanism(sigma: 50), DiscreteGaussianTests.key)
    #expect(few.means.allSatisfy { (0...1).contains($0) })
  }
}
