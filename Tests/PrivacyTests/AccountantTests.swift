import Testing

@testable import Privacy

/// The accountant against two independent libraries, and against what has to hold of any.
@Suite struct AccountantTests {
  struct Golden: Sendable {
    let q, sigma: Double
    let steps: Int
    let delta, rdp: Double
    let order: Int
    let pld: Double
    var analytic: Double?
  }

  static let golden: [Golden] = [
    .init(q: 0.01, sigma: 1.0, steps: 1000, delta: 1e-6, rdp: 2.436693803, order: 8, pld: 2.124523),
    .init(q: 0.01, sigma: 1.1, steps: 10000, delta: 1e-5, rdp: 5.654308000, order: 5, pld: 5.192620),
    .init(q: 0.001, sigma: 0.8, steps: 5000, delta: 1e-6, rdp: 1.631586391, order: 8, pld: 0.733626),
    .init(q: 0.02, sigma: 1.5, steps: 500, delta: 1e-6, rdp: 1.718772116, order: 13, pld: 1.576794),
    .init(q: 0.05, sigma: 2.0, steps: 600, delta: 1e-6, rdp: 3.415965881, order: 8, pld: 3.163371),
    .init(q: 0.1, sigma: 4.0, steps: 1000, delta: 1e-6, rdp: 4.149801652, order: 7, pld: 3.868838),
    .init(q: 0.25, sigma: 3.0, steps: 100, delta: 1e-5, rdp: 4.175362635, order: 6, pld: 3.816870),
    .init(q: 0.5, sigma: 8.0, steps: 200, delta: 1e-6, rdp: 4.617485810, order: 6, pld: 4.299470),
    .init(q: 0.004, sigma: 0.6, steps: 2500, delta: 1e-5, rdp: 6.035198087, order: 3, pld: 4.797696),
    .init(q: 1, sigma: 1, steps: 1, delta: 1e-6, rdp: 5.222428661, order: 6, pld: 4.886554, analytic: 4.886554117),
    .init(q: 1, sigma: 4, steps: 10, delta: 1e-6, rdp: 4.011616055, order: 7, pld: 3.747218, analytic: 3.747217991),
    .init(q: 1, sigma: 10, steps: 20, delta: 1e-6, rdp: 2.143043524, order: 12, pld: 1.994527, analytic: 1.994526901),
    .init(q: 1, sigma: 2, steps: 1, delta: 1e-5, rdp: 2.168010637, order: 10, pld: 1.993091, analytic: 1.993091404),
    .init(q: 1, sigma: 20, steps: 5, delta: 1e-6, rdp: 0.484105850, order: 41, pld: 0.447153, analytic: 0.447152810),
    .init(q: 0.0625, sigma: 6, steps: 1600, delta: 1e-6, rdp: 2.017212643, order: 12, pld: 1.875487),
    .init(q: 0.0001, sigma: 0.5, steps: 100_000, delta: 1e-8, rdp: 5.607616286, order: 4, pld: 4.467108),
  ]

  private func near(_ value: Double, _ expected: Double, digits: Double = 1e-9) -> Bool {
    abs(value - expected) <= 1e-8 * abs(expected) + digits / 2
  }

  @Test(arguments: golden) func epsilonIsThatOfTwoOtherLibraries(_ row: Golden) {
    let mechanism = GaussianMechanism("", sigma: row.sigma, sampling: row.q, steps: row.steps)
    let (epsilon, order) = RenyiCurve([mechanism]).epsilon(delta: row.delta)
    #expect(near(epsilon, row.rdp))
    #expect(order == row.order)
    // A tight bound is never above ours.
    #expect(epsilon >= row.pld)
    guard let analytic = row.analytic, let mu = AnalyticGaussian.mu([mechanism]) else { return }
    #expect(near(AnalyticGaussian.epsilon(mu: mu, delta: row.delta), analytic))
  }

  @Test func muOfAnEpsilonIsTheTables() throws {
    let analytic = [0.236704380663, 0.448334740395, 0.837858757099, 1.531545117566]
    let rdp = [0.220707757880, 0.419713488832, 0.788467581544, 1.439550278184]
    for (place, epsilon) in [1.0, 2, 4, 8].enumerated() {
      #expect(near(AnalyticGaussian.mu(epsilon: epsilon, delta: 1e-6), analytic[place], digits: 1e-12))
      let sigma = try #require(RenyiCurve.sigma(epsilon: epsilon, delta: 1e-6))
      #expect(near(1 / sigma, rdp[place], digits: 1e-12))
      #expect(RenyiCurve([GaussianMechanism("", sigma: sigma)]).epsilon(delta: 1e-6).epsilon <= epsilon)
    }
  }

  @Test func moreNoiseFewerStepsAndFewerUsersCostLess() {
    func epsilon(_ sigma: Double, _ q: Double, _ steps: Int, _ delta: Double) -> Double {
      RenyiCurve([GaussianMechanism("", sigma: sigma, sampling: q, steps: steps)]).epsilon(delta: delta).epsilon
    }
    let base = epsilon(2, 0.1, 100, 1e-6)
    #expect(epsilon(2.1, 0.1, 100, 1e-6) < base)
    #expect(epsilon(2, 0.09, 100, 1e-6) < base)
    #expect(epsilon(2, 0.1, 99, 1e-6) < base)
    #expect(epsilon(2, 0.1, 100, 1e-5) < base)
    // Where nearly all take part it costs what it costs if all do.
    #expect(abs(epsilon(2, 1 - 1e-12, 100, 1e-6) - epsilon(2, 1, 100, 1e-6)) < 1e-6)
  }

  @Test func releasesAddUp() {
    let one = GaussianMechanism("", sigma: 8, sampling: 0.5, steps: 100)
    let twice = GaussianMechanism("", sigma: 8, sampling: 0.5, steps: 200)
    let sum = RenyiCurve([one, one]).epsilon(delta: 1e-6)
    #expect(near(sum.epsilon, RenyiCurve([twice]).epsilon(delta: 1e-6).epsilon))
    #expect(RenyiCurve().epsilon(delta: 1e-6).epsilon == 0)
  }

  @Test(arguments: [
    "epsilon=0", "epsilon=-1", "epsilon=nan", "epsilon=inf", "epsilon", "delta=1e-6", "epsilon=4,delta=0",
    "epsilon=4,delta=1", "epsilon=4,budget=0", "epsilon=4,epsilon=2", "epsilon=4,gamma=1", "epsilon=4,",
  ]) func termsThatPromiseNothingAreRefused(_ text: String) {
    #expect(throws: PrivacyError.self) {
      try PrivacyTerms(text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    }
  }

  @Test func deltaIsBelowOneOverTheUsers() throws {
    let terms = try PrivacyTerms(["epsilon=4", "delta=1e-3"])
    try terms.check(users: 1000)
    #expect(throws: PrivacyError.self) { try terms.check(users: 1001) }
  }
}
