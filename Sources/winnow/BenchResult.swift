import LoadClient
import Telemetry
import Wire

/// What a bench found, as a table and as JSON.
struct BenchResult: Sendable {
  let report: LoadReport
  private let bytesOutPerQuery: Double
  private let bytesInPerQuery: Double

  init(report: LoadReport, before: Traffic, after: Traffic, sentCount: Int) {
    self.report = report
    let count = Double(max(1, sentCount))
    bytesOutPerQuery = Double(after.wireBytesOut - before.wireBytesOut) / count
    bytesInPerQuery = Double(after.wireBytesIn - before.wireBytesIn) / count
  }

  private static let percentiles: [(name: String, percent: Double)] = [
    ("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9),
  ]

  var text: String {
    var lines: [String] = []
    switch report.plan.mode {
    case .open(let rate, let arrivals):
      lines.append(
        "open loop, \(Text.fixed(rate, 1)) queries/s, \(arrivals.rawValue) arrivals, seed \(report.plan.seed)")
    case .closed(let concurrency):
      lines.append("closed loop, \(concurrency) in flight: throughput only, latency under load is not what this shows")
    }
    lines.append("  sent      \(Text.grouped(report.sendCount)), \(Text.grouped(report.lateCount)) over 1 ms late")
    lines.append(
      "  answered  \(Text.grouped(report.answerCount)), \(Text.fixed(report.answersPerSecond, 1)) a second")
    lines.append(
      "  degraded  \(Text.grouped(report.uncoveredCount)) not fully covered, "
        + "\(Text.grouped(report.unrerankedCount)) not fully re-ranked")
    for (name, count) in report.errors.sorted(by: { $0.key < $1.key }) {
      lines.append("  error     \(name) \(Text.grouped(count))")
    }
    lines.append(
      "  bytes     \(Text.bytes(Int(bytesOutPerQuery))) out and \(Text.bytes(Int(bytesInPerQuery))) in for each query")
    guard report.isOpen else { return lines.map { $0 + "\n" }.joined() }
    guard report.isOnTime else {
      lines.append(
        "  latency   not shown: \(Text.fixed(100 * report.lateShare, 1)) % of the queries were sent late; "
          + "this client is too slow for this rate")
      return lines.map { $0 + "\n" }.joined()
    }
    var table = Table(
      [("latency", .left)] + Self.percentiles.map { ($0.name, Table.Alignment.right) } + [("max", .right)])
    for (label, histogram) in [("from the intended send", report.latency), ("from the actual send", report.service)] {
      let cells = Self.percentiles.map { histogram.percentile($0.percent) } + [histogram.microsecondsMax]
      table.add([label] + cells.map { $0.map { Text.milliseconds($0) } ?? "–" })
    }
    return lines.map { $0 + "\n" }.joined() + table.text
  }

  var json: JSON {
    var fields: [(String, JSON)] = []
    switch report.plan.mode {
    case .open(let rate, let arrivals):
      fields += [("loop", .text("open")), ("rate", .number(rate)), ("arrivals", .text(arrivals.rawValue))]
    case .closed(let concurrency):
      fields += [
        ("loop", .text("closed")), ("concurrency", .int(concurrency)), ("measures", .text("throughput only")),
      ]
    }
    fields += [
      ("seed", .id(report.plan.seed)), ("sent", .id(report.sendCount)), ("late", .id(report.lateCount)),
      ("on_time", .bool(report.isOnTime)), ("answered", .id(report.answerCount)),
      ("answers_per_second", .number(report.answersPerSecond)), ("not_covered", .id(report.uncoveredCount)),
      ("not_reranked", .id(report.unrerankedCount)),
      ("errors", .object(report.errors.sorted { $0.key < $1.key }.map { ($0.key, .id($0.value)) })),
      ("bytes_out_per_query", .number(bytesOutPerQuery)), ("bytes_in_per_query", .number(bytesInPerQuery)),
      ("latency_us", latency(report.latency)), ("service_us", latency(report.service)),
    ]
    return .object(fields)
  }

  /// `null` where percentiles would mislead: in a closed loop, and when the client did not keep its schedule.
  private func latency(_ histogram: LatencyHistogram) -> JSON {
    guard report.isOpen, report.isOnTime, histogram.count > 0 else { return .null }
    return .object(
      Self.percentiles.map { ($0.name, .id(histogram.percentile($0.percent) ?? 0)) }
        + [("max", .id(histogram.microsecondsMax ?? 0))])
  }
}
