/// A bucket of neighbouring numbers: those whose float64 has the same upper 20 bits, in ascending order.
///
/// Buckets are the same for everyone who counts, so that counts of several shards add up; one is at most 1/256 of its
/// numbers wide.
package struct NumberBucket: Comparable, Hashable, Sendable {
  /// The upper 20 bits of the number's order: ascending as the numbers do.
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The bucket of a finite number.
  package init(_ number: Double) {
    let bits = (number + 0).bitPattern
    rawValue = UInt32(truncatingIfNeeded: (bits >> 63 == 1 ? ~bits : bits | 1 << 63) >> 44)
  }

  /// The least number of the bucket; that of one behind the last is infinite.
  package var low: Double {
    let order = UInt64(rawValue) << 44
    return Double(bitPattern: order >> 63 == 1 ? order & ~(1 << 63) : ~order)
  }

  package static func < (a: NumberBucket, b: NumberBucket) -> Bool { a.rawValue < b.rawValue }
}
