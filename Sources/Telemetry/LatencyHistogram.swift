/// Latencies from 1 µs to 60 s with three significant digits: each is kept within 0.1 % of its value.
///
/// The buckets of HdrHistogram: below 2,048 µs one per microsecond, above that 1,024 per power of two. A value type of
/// 140 kB, filled by one owner and merged with those of others.
package struct LatencyHistogram: Equatable, Sendable {
  /// The longest latency that is told apart, 60 s.
  package static let microsecondsMax: UInt64 = 60_000_000

  private static let subBucketBits = 10
  private static let bucketCount = index(of: microsecondsMax) + 1

  private var counts = [UInt64](repeating: 0, count: bucketCount)
  private var sum = 0.0

  /// Latencies recorded.
  package private(set) var count: UInt64 = 0
  /// Latencies above 60 s, which are recorded as 60 s.
  package private(set) var clampedCount: UInt64 = 0
  /// The shortest latency recorded, exact; `nil` if there is none.
  package private(set) var microsecondsMin: UInt64?
  /// The longest latency recorded, exact up to 60 s; `nil` if there is none.
  package private(set) var microsecondsMax: UInt64?

  /// A histogram of nothing yet.
  package init() {}

  /// Records a latency in microseconds, once or several times.
  package mutating func record(microseconds: UInt64, count times: UInt64 = 1) {
    guard times > 0 else { return }
    let value = min(microseconds, Self.microsecondsMax)
    if microseconds > value { clampedCount += times }
    counts[Self.index(of: value)] += times
    count += times
    sum += Double(value) * Double(times)
    microsecondsMin = min(microsecondsMin ?? value, value)
    microsecondsMax = max(microsecondsMax ?? value, value)
  }

  /// Adds all that another histogram has recorded.
  package mutating func merge(_ other: LatencyHistogram) {
    for i in counts.indices { counts[i] += other.counts[i] }
    count += other.count
    clampedCount += other.clampedCount
    sum += other.sum
    if let least = other.microsecondsMin { microsecondsMin = min(microsecondsMin ?? least, least) }
    if let most = other.microsecondsMax { microsecondsMax = max(microsecondsMax ?? most, most) }
  }

  /// The mean in microseconds; `nil` if nothing is recorded.
  package var microsecondsMean: Double? { count == 0 ? nil : sum / Double(count) }

  /// The latency in microseconds that `percent` percent of all do not exceed (nearest rank, at most 0.1 % too high);
  /// `nil` if nothing is recorded.
  ///
  /// - Parameter percent: 0…100; what is outside counts as the nearer end.
  package func percentile(_ percent: Double) -> UInt64? {
    guard let least = microsecondsMin, let most = microsecondsMax else { return nil }
    let share = percent > 0 ? min(percent, 100) / 100 : 0
    // 99.9 % of 1,000 is 999 and not 999.0000000000001, for which the next rank would be taken.
    let rank = UInt64((share * Double(count) * (1 - 1e-12)).rounded(.up))
    if rank <= 1 { return least }
    var seen: UInt64 = 0
    for (i, here) in counts.enumerated() {
      seen += here
      if seen >= rank { return min(Self.values(ofBucket: i).upperBound, most) }
    }
    return most
  }

  /// The buckets that are not empty, ascending: their range in microseconds and how many latencies lie in it.
  package var buckets: [(microseconds: ClosedRange<UInt64>, count: UInt64)] {
    counts.enumerated().filter { $0.element > 0 }.map { (Self.values(ofBucket: $0.offset), $0.element) }
  }

  /// How many latencies lie in each bucket, up to the last that is not empty; the places are those of HdrHistogram with
  /// three digits from 1 on.
  package var hdrCounts: ArraySlice<UInt64> { counts[..<((counts.lastIndex { $0 > 0 } ?? -1) + 1)] }

  private static func index(of value: UInt64) -> Int {
    let shift = max(0, 63 - value.leadingZeroBitCount - subBucketBits)
    return (shift << subBucketBits) + Int(value >> UInt64(shift))
  }

  private static func values(ofBucket index: Int) -> ClosedRange<UInt64> {
    let shift = max(0, (index >> subBucketBits) - 1)
    let low = UInt64(index - (shift << subBucketBits)) << UInt64(shift)
    return low...(low + (1 << UInt64(shift)) - 1)
  }
}
