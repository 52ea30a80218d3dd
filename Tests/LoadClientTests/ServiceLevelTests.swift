import LoadClient
import Testing

struct ServiceLevelTests {
  @Test func boundsAreRead() throws {
    let level = try ServiceLevel("p99<50ms, recall@100>=0.99,coverage >= 1,errors<0.1%,max<=2s,p99.9<900us")
    #expect(
      level.bounds.map(\.measure) == [.percentile(99), .recall(100), .coverage, .errors, .longest, .percentile(99.9)])
    #expect(level.bounds.map(\.limit) == [50_000, 0.99, 1, 0.001, 2_000_000, 900])
    #expect(level.bounds.map(\.sign) == [.below, .atLeast, .atLeast, .below, .atMost, .below])
    #expect(level.bounds[2].text == "coverage >= 1")
    #expect(level.latencyMicroseconds == 900)
    #expect(level.qualityDepths == [100])
  }

  @Test(arguments: [
    ("", 0), ("p99", 3), ("p99<", 4), ("p99<50", 6), ("p99<50m", 6), ("p0<5ms", 0), ("p101<5ms", 0), ("p99=5ms", 3),
    ("p99<5ms,", 8), ("p99<5ms;max<1s", 7), ("recall@0>0.5", 0), ("recall>=0.9", 0), ("errors<2", 7),
    ("errors<1ms", 8), ("p99<5ms,speed>3", 8), ("é<1", 0),
  ]) func mistakesArePointedAt(text: String, offset: Int) {
    let mistake = #expect(throws: ServiceLevel.Mistake.self) { try ServiceLevel(text) }
    #expect(mistake?.offset == offset, "\(text): \(mistake?.message ?? "")")
  }

  @Test func breachesAreNamedWithTheirValues() throws {
    let report = LoadPlans.report(
      [1000, 2000, 3000, 9000], samples: [LoadPlans.whole, LoadSample(.query, .failed("OVERLOADED"))])
    let level = try ServiceLevel("p50<5ms,max<5ms,coverage>=1,errors<0.1,recall@10>=0.9,degraded<=0")
    let breaches = level.breaches(of: report)
    #expect(breaches.map(\.bound.text) == ["max<5ms", "errors<0.1", "recall@10>=0.9"])
    #expect(breaches.map(\.value) == [9000, 0.25, nil])
  }

  @Test func latencyOfAClientThatWasLateHoldsNothing() throws {
    var report = LoadPlans.report([1000, 1000])
    report.lateCount = 2
    #expect(try ServiceLevel("p50<1s").breaches(of: report).map(\.value) == [nil])
  }
}
