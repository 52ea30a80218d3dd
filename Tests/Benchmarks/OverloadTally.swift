import Vocabulary

/// What became of the queries of an overload, second by second of their due times.
struct OverloadTally: Sendable {
  /// What one query came to.
  struct Sample: Sendable {
    enum Outcome: Sendable {
      case whole, partial, wrong, refused
      case failed(String)
    }

    let outcome: Outcome
    /// Since it was due.
    let latency: UInt64
    let patience: UInt64

    /// Answered in full and in time.
    var isGood: Bool { if case .whole = outcome { latency <= patience } else { false } }
  }

  /// One second.
  struct Second: Sendable {
    var dueCount = 0
    var goodCount = 0
    /// Answered, but late or not in full.
    var lessCount = 0
    var refusedCount = 0
    var failedCount = 0
    /// Of good answers.
    var latencies: [UInt64] = []
    /// Of refused attempts.
    var refusals: [UInt64] = []
  }

  private let start: Instant
  /// Microseconds since the start.
  private let ends: [UInt64]
  private(set) var seconds: [Second] = []
  private(set) var wrongCount = 0
  /// Half seconds after the load has fallen.
  private var recovery: [Second] = []
  var retryCount = 0
  var lateShare = 0.0

  init(start: Instant = Instant(nanoseconds: 0), ends: [UInt64] = []) {
    self.start = start
    self.ends = ends
  }

  mutating func add(_ sample: Sample, due: UInt64) {
    if case .wrong = sample.outcome { wrongCount += 1 }
    Self.add(sample, to: &seconds, Int(due / 1_000_000))
    if ends.count > 1, due >= ends[1] { Self.add(sample, to: &recovery, Int((due - ends[1]) / 500_000)) }
  }

  private static func add(_ sample: Sample, to seconds: inout [Second], _ index: Int) {
    while seconds.count <= index { seconds.append(Second()) }
    seconds[index].dueCount += 1
    if sample.isGood {
      seconds[index].goodCount += 1
      seconds[index].latencies.append(sample.latency)
      return
    }
    switch sample.outcome {
    case .refused: seconds[index].refusedCount += 1
    case .failed: seconds[index].failedCount += 1
    case .whole, .partial, .wrong: seconds[index].lessCount += 1
    }
  }

  mutating func refused(at instant: Instant, after microseconds: UInt64) {
    let index = Int(start.microseconds(until: instant) / 1_000_000)
    guard !ends.isEmpty, index < 1000 else { return }
    while seconds.count <= index { seconds.append(Second()) }
    seconds[index].refusals.append(microseconds)
  }

  /// The whole seconds of a phase.
  func seconds(of phase: Int) -> ArraySlice<Second> {
    let first = Int((phase == 0 ? 0 : ends[phase - 1]) / 1_000_000)
    return seconds[min(first, seconds.count)..<min(Int(ends[phase] / 1_000_000), seconds.count)]
  }

  /// How long refusals took in the second phase, µs.
  var refusalP99: Double { Self.percentile(seconds(of: 1).flatMap(\.refusals), 0.99) }

  /// Attempts after the first among all queries.
  var retryShare: Double { Double(retryCount) / Double(max(1, seconds.reduce(0) { $0 + $1.dueCount })) }

  /// How long after the fall of the load everything is answered in time and about as fast as before it rose: the first
  /// half second from which on no two one after another are worse.
  var recoverySeconds: Double {
    let before = Self.percentile(seconds(of: 0).flatMap(\.latencies), 0.99)
    let isNormal = recovery.map { half in
      half.goodCount * 100 >= half.dueCount * 98 && Self.percentile(half.latencies, 0.5) <= max(before, 10_000)
    }
    let bad = isNormal.indices.last { !isNormal[$0] && ($0 + 1 == isNormal.count || !isNormal[$0 + 1] || $0 == 0) }
    return bad.map { Double($0 + 1) / 2 } ?? 0
  }

  static func percentile(_ values: [UInt64], _ share: Double) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : Double(sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))])
  }
}
