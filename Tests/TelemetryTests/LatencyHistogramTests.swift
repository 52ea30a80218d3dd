import Support
import Telemetry
import Testing

@Suite struct LatencyHistogramTests {
  @Test func everyValueIsKeptWithinATenthOfAPercent() throws {
    var random = SeededRandom(seed: 1)
    let edges: [UInt64] = [0, 1, 2, 1023, 1024, 2047, 2048, 2049, 4095, 4096, 59_999_999, 60_000_000]
    for value in edges
      + (0..<300).map({ _ in UInt64.random(in: 0...60_000_000, using: &random) >> (random.next() % 24) })
    {
      var histogram = LatencyHistogram()
      histogram.record(microseconds: value)
      let bucket = try #require(histogram.buckets.first)
      #expect(histogram.buckets.count == 1 && bucket.count == 1 && bucket.microseconds.contains(value))
      #expect(bucket.microseconds.upperBound - bucket.microseconds.lowerBound <= value / 1000)
      #expect(histogram.percentile(50) == value)
    }
  }

  @Test func percentilesFollowASortedList() throws {
    var random = SeededRandom(seed: 2)
    var histogram = LatencyHistogram()
    let values = (0..<10_000).map { _ in UInt64.random(in: 1...1_000_000, using: &random) >> (random.next() % 8) }
    for value in values { histogram.record(microseconds: value) }
    let sorted = values.sorted()
    for (percent, rank) in [
      (0.0, 1), (1, 100), (50, 5000), (90, 9000), (99, 9900), (99.9, 9990), (99.99, 9999), (100, 10_000),
    ] {
      let exact = sorted[rank - 1]
      let found = try #require(histogram.percentile(percent))
      #expect(found >= exact && found <= exact + exact / 1000 + 1, "\(percent) %")
    }
    #expect(histogram.microsecondsMin == sorted.first && histogram.microsecondsMax == sorted.last)
    #expect(histogram.percentile(100) == sorted.last && histogram.percentile(0) == sorted.first)
    #expect(histogram.percentile(-5) == sorted.first && histogram.percentile(200) == sorted.last)
    #expect(histogram.percentile(.nan) == sorted.first)
    let mean = try #require(histogram.microsecondsMean)
    #expect(abs(mean - Double(values.reduce(0, +)) / 10_000) < 1e-6)
  }

  @Test func mergingIsRecordingAllInOne() {
    var random = SeededRandom(seed: 3)
    var parts = [LatencyHistogram(), LatencyHistogram(), LatencyHistogram()]
    var whole = LatencyHistogram()
    for i in 0..<3000 {
      let value = UInt64.random(in: 0...100_000_000, using: &random)
      parts[i % 2].record(microseconds: value)
      whole.record(microseconds: value)
    }
    var merged = LatencyHistogram()
    for part in parts { merged.merge(part) }
    #expect(merged == whole)
    #expect(merged.count == 3000 && merged.clampedCount > 500)
    #expect(merged.percentile(100) == LatencyHistogram.microsecondsMax)
  }

  @Test func nothingRecordedHasNoPercentile() {
    let empty = LatencyHistogram()
    #expect(empty.percentile(50) == nil && empty.microsecondsMean == nil && empty.microsecondsMax == nil)
    #expect(empty.buckets.isEmpty && empty.count == 0)
  }

  @Test func ranksAreNotPushedUpByRounding() {
    var histogram = LatencyHistogram()
    for value in UInt64(1)...1000 { histogram.record(microseconds: value) }
    for percent in 1...100 { #expect(histogram.percentile(Double(percent)) == UInt64(percent * 10)) }
    #expect(histogram.percentile(99.9) == 999)
  }
}
