import LoadClient
import Testing

struct LoadComparisonTests {
  /// 1,200 answers with noise, whose latencies are scaled.
  private func report(_ scale: Double, seed: Int) -> LoadReport {
    LoadPlans.report(
      (0..<1200).map { index in
        var draws = RequestDraws(seed: UInt64(seed), index: index)
        return UInt64(scale * (2000 + 1000 * draws.unit()))
      })
  }

  private func verdicts(_ comparison: LoadComparison) -> [String: LoadComparison.Verdict] {
    Dictionary(comparison.rows.map { ($0.name, $0.verdict) }, uniquingKeysWith: { $1 })
  }

  @Test func noiseIsNoDifference() {
    let comparisons = (0..<10).map { LoadComparison(report(1, seed: 2 * $0), with: report(1, seed: 2 * $0 + 1)) }
    let verdicts = comparisons.flatMap(\.rows).map(\.verdict)
    #expect(verdicts.count == 40 && verdicts.count { $0 != .noise } <= 1)
  }

  @Test(arguments: [(1.2, LoadComparison.Verdict.worse), (0.8, .better)])
  func differencesBeyondNoiseAreSeen(scale: Double, verdict: LoadComparison.Verdict) throws {
    let comparison = LoadComparison(report(scale, seed: 1), with: report(1, seed: 2))
    let verdicts = verdicts(comparison)
    #expect(verdicts["p50"] == verdict && verdicts["p99"] == verdict && verdicts["answers/s"] == .noise)
    let row = try #require(comparison.rows.first { $0.name == "p50" })
    #expect(row.quotient.low < scale + 0.02 && row.quotient.high > scale - 0.02)
  }

  @Test func tooFewAnswersSayNothing() {
    let short = LoadPlans.report([1000, 1000])
    #expect(LoadComparison(short, with: short).rows.allSatisfy { $0.verdict == .unknown })
  }
}
