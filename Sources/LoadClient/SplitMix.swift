/// Random numbers of one request, by SplitMix64 (Steele, Lea, Flood 2014): the same for the same seed and index,
/// independent of the order of requests.
package struct SplitMix: Sendable {
  private var state: UInt64

  /// The numbers of a request of a run.
  package init(seed: UInt64, index: Int) { state = mixed(mixed(seed) &+ UInt64(bitPattern: Int64(index))) }

  /// The next 64 uniformly distributed bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return mixed(state)
  }

  /// A number from 0 up to, and without, 1.
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// One of these.
  package mutating func member(of range: ClosedRange<UInt64>) -> UInt64 {
    let (span, isAll) = (range.upperBound - range.lowerBound).addingReportingOverflow(1)
    return isAll ? next() : range.lowerBound + next() % span
  }
}
