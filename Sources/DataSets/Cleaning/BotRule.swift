/// Which users count as programs: those that are faster than people, and as regular or as narrow as people are not.
///
/// A user is a bot who has more than `eventsPerHourMax` events within some hour, and
/// - whose gaps between events have an entropy below `gapEntropyMin` bits (a clock, not a person), the gaps being counted
///   in classes of 0 s, 1 s, 2–3 s, 4–7 s and so on; or
/// - whose items have an entropy below `itemEntropyMin` bits (always the same few); or
/// - who has ten times that many events within the hour, of any kind.
package struct BotRule: Sendable, Equatable {
  package var eventsPerHourMax = 600
  package var gapEntropyMin = 1.0
  package var itemEntropyMin = 2.0

  package init() {}

  /// Whether a user with these events is a bot.
  ///
  /// - Parameter times: Milliseconds, ascending, `[n]`.
  package func isBot(times: [Int64], items: [UInt32]) -> Bool {
    guard times.count > eventsPerHourMax else { return false }
    var (start, most) = (0, 0)
    for end in times.indices {
      while times[end] &- times[start] >= 3_600_000 { start += 1 }
      most = max(most, end - start + 1)
    }
    guard most > eventsPerHourMax else { return false }
    if most / 10 >= eventsPerHourMax { return true }
    let gaps = zip(times.dropFirst(), times).map { 64 - UInt64(clamping: ($0 &- $1) / 1000).leadingZeroBitCount }
    return Self.entropy(of: gaps) < gapEntropyMin || Self.entropy(of: items) < itemEntropyMin
  }

  /// Shannon's entropy in bits.
  static func entropy(of values: [some Hashable & Comparable]) -> Double {
    var entropy = 0.0
    var run = 0
    let sorted = values.sorted()
    for index in sorted.indices {
      run += 1
      guard index + 1 == sorted.count || sorted[index + 1] != sorted[index] else { continue }
      let share = Double(run) / Double(sorted.count)
      entropy -= share * Transcendental.log2(share)
      run = 0
    }
    return entropy
  }
}
