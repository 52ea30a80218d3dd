import Telemetry

/// Whether one run differs from another by more than their noise.
///
/// Each run is cut into blocks of time. Of all quotients of a block of the one and a block of the other, the median says
/// how they differ, and an interval of 99 % around it, as several figures are looked at, whether that is noise (Hodges, Lehmann 1963; Moses). It knows the
/// noise within the runs only: repeat them where machines differ from hour to hour.
package struct LoadComparison: Sendable {
  /// The verdict by the interval.
  package enum Verdict: String, Sendable {
    case better
    case worse
    /// The interval holds "no difference", or one of less than 1 %.
    case noise
    /// There are too few blocks to say.
    case unknown
  }

  /// One figure of both runs.
  package struct Row: Sendable {
    package let name: String
    package let before: Double
    package let now: Double
    /// The quotient, and the ends of its interval; 1 is no difference.
    package let quotient: (low: Double, middle: Double, high: Double)
    package let verdict: Verdict
  }

  private static let blockCount = 12
  private static let blockCountMin = 5
  private static let margin = 0.01

  package let rows: [Row]

  /// Compares a run with an earlier one.
  package init(_ now: LoadReport, with before: LoadReport) {
    let (old, new) = (Self.blocks(before), Self.blocks(now))
    func row(_ name: String, lessIsBetter: Bool, _ value: (Block) -> Double?) -> Row? {
      Self.row(name, lessIsBetter, old.compactMap(value), new.compactMap(value))
    }
    var rows = [row("answers/s", lessIsBetter: false, \.rate)]
    if now.hasLatency, before.hasLatency {
      rows += [50, 90, 99].map { percent in
        row("p\(percent)", lessIsBetter: true) { $0.latency.percentile(Double(percent)).map { Double($0) } }
      }
    }
    self.rows = rows.compactMap(\.self)
  }

  private struct Block {
    var latency = LatencyHistogram()
    var rate = 0.0
  }

  /// Whole blocks of equal length; what is behind the end of sending is left out.
  private static func blocks(_ report: LoadReport) -> [Block] {
    let length = report.plan.intervalMicroseconds
    let whole = min(report.intervals.count, Int(report.plan.durationMicroseconds / max(1, length)))
    let size = max(1, (whole + blockCount - 1) / blockCount)
    return (0..<whole / size).map { index in
      var block = Block()
      for interval in report.intervals[index * size..<(index + 1) * size] {
        block.latency.merge(interval.latency)
        block.rate += Double(interval.latency.count + interval.writeCount)
      }
      block.rate /= Double(size) * Double(length) / 1e6
      return block
    }
  }

  private static func row(_ name: String, _ lessIsBetter: Bool, _ before: [Double], _ now: [Double]) -> Row? {
    guard let old = median(before.sorted()), let new = median(now.sorted()) else { return nil }
    let quotients = before.filter { $0 > 0 }.flatMap { old in now.map { $0 / old } }.sorted()
    guard let middle = median(quotients) else { return nil }
    let (n, m) = (Double(before.count), Double(now.count))
    let cut = Int((n * m / 2 - 2.576 * (n * m * (n + m + 1) / 12).squareRoot()).rounded(.down))
    guard min(before.count, now.count) >= blockCountMin, cut >= 0, 2 * cut < quotients.count else {
      return Row(name: name, before: old, now: new, quotient: (middle, middle, middle), verdict: .unknown)
    }
    let (low, high) = (quotients[cut], quotients[quotients.count - 1 - cut])
    let verdict: Verdict =
      if low > 1 + margin { lessIsBetter ? .worse : .better } else if high < 1 - margin {
        lessIsBetter ? .better : .worse
      } else { .noise }
    return Row(name: name, before: old, now: new, quotient: (low, middle, high), verdict: verdict)
  }

  private static func median(_ sorted: [Double]) -> Double? {
    guard !sorted.isEmpty else { return nil }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
