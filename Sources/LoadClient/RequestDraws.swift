import Vocabulary

/// Random numbers of one request: the same for the same seed and index,
/// independent of the order of requests.
package struct RequestDraws: Sendable {
  private var random: SplitMix64

  /// The numbers of a request of a run.
  package init(seed: UInt64, index: Int) {
    random = SplitMix64(seed: SplitMix64.mixed(SplitMix64.mixed(seed) &+ UInt64(bitPattern: Int64(index))))
  }

  /// The next 64 uniformly distributed bits.
  package mutating func next() -> UInt64 { random.next() }

  /// A number from 0 up to, and without, 1.
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// One of these.
  package mutating func member(of range: ClosedRange<UInt64>) -> UInt64 {
    let (span, isAll) = (range.upperBound - range.lowerBound).addingReportingOverflow(1)
    return isAll ? next() : range.lowerBound + next() % span
  }
}
