import LoadClient
import Telemetry
import Wire

extension BenchResult {
  static let percentiles: [(name: String, percent: Double)] = [
    ("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9),
  ]

  /// For people.
  var text: String {
    guard runs.count > 1 else { return runs.indices.map(runText).joined() + verdict(0) }
    var table = Table([
      ("rate", .right), ("answers/s", .right), ("p50", .right), ("p99", .right), ("max", .right), ("errors", .right),
      ("coverage", .right), (serviceLevel == nil ? "" : "service level", .left),
    ])
    for (index, run) in runs.enumerated() {
      let report = run.report
      let latency = report.hasLatency ? report.queries.latency : LatencyHistogram()
      let note =
        report.isOnTime ? serviceLevel == nil ? "" : breaches[index].isEmpty ? "held" : "broken" : "client too slow"
      table.add([
        run.rate.map(BenchRun.rate) ?? "–", BenchRun.rate(report.answersPerSecond), Self.cell(latency.percentile(50)),
        Self.cell(latency.percentile(99)), Self.cell(latency.microsecondsMax),
        Text.grouped(report.errorCount + report.unsentCount), report.coverage.map { Text.fixed($0, 4) } ?? "–", note,
      ])
    }
    return table.text + (maximum.map(Self.text) ?? "")
      + (serviceLevel.map { "service level: \($0)\n" } ?? "")
      + (runs.contains(where: \.isClientBusy) ? Self.busyWarning : "")
  }

  private static let busyWarning =
    "warning: this client was busy itself and may be what limits; use a second machine, and --merge\n"

  private static func cell(_ microseconds: UInt64?) -> String { microseconds.map { Text.milliseconds($0) } ?? "–" }

  private static func text(_ maximum: Maximum) -> String {
    let best = maximum.best.map { "highest rate that held: \(BenchRun.rate($0)) requests/s\n" } ?? "no rate held\n"
    return best + (maximum.failed.map { "\(BenchRun.rate($0)) failed: \(maximum.reason)\n" } ?? "no rate failed\n")
  }

  private func verdict(_ index: Int) -> String {
    guard let serviceLevel, index < breaches.count else { return "" }
    if breaches[index].isEmpty { return "service level held: \(serviceLevel)\n" }
    return "service level broken:\n" + breaches[index].map { "  \($0)\n" }.joined()
  }

  private func runText(_ index: Int) -> String {
    let run = runs[index]
    let report = run.report
    var lines = [run.label]
    func add(_ name: String, _ text: String) { lines.append("  \(name.padded(9)) \(text)") }
    let late = Text.milliseconds(report.plan.lateMicroseconds)
    add(
      "sent",
      "\(Text.grouped(report.sendCount - report.unsentCount)), \(Text.grouped(report.lateCount)) over \(late) late, "
        + "\(Text.grouped(report.unsentCount)) due and not sent")
    add("answered", "\(Text.grouped(report.answerCount)), \(BenchRun.rate(report.answersPerSecond)) a second")
    if report.queries.answerCount > 0 {
      add(
        "degraded",
        "\(Text.grouped(report.uncoveredCount)) not fully covered, "
          + "\(Text.grouped(report.unrerankedCount)) not fully re-ranked; coverage \(Text.fixed(report.coverage ?? 0, 6))"
      )
    }
    if run.retryCount > 0 { add("retried", "\(Text.grouped(run.retryCount)) attempts after the first") }
    for (name, count) in report.errors.sorted(by: { $0.key < $1.key }) {
      add("error", "\(name) \(Text.grouped(count))")
    }
    if let passed = report.passedShare, passed < 1 {
      add("filters", "\(Text.fixed(100 * passed, 2)) % of the items passed")
    }
    let (checked, wrong) = (
      report.quality.checkedCount + (run.feed?.quality.checkedCount ?? 0),
      report.quality.wrongCount + (run.feed?.quality.wrongCount ?? 0)
    )
    if checked > 0 {
      add("checked", "\(Text.grouped(checked)) items against what was written here, \(Text.grouped(wrong)) wrong")
    }
    if let feed = run.feed {
      let rate = feed.answersPerSecond * Double(run.feedBatch)
      let failed = feed.errors.sorted { $0.key < $1.key }.map { ", \($0.key) \(Text.grouped($0.value))" }.joined()
      add("feed", "\(Text.fixed(rate, 1)) items/s in batches of \(run.feedBatch)\(failed)")
    }
    lines += qualityLines(report.quality)
    lines += bytesLines(run)
    add("client", "\(Text.fixed(run.cores, 2)) cores busy")
    var text = lines.map { $0 + "\n" }.joined()
    if run.isClientBusy { text += Self.busyWarning }
    if report.plan.isOpen, !report.isOnTime {
      text +=
        "  latency   not shown: \(Text.fixed(100 * report.lateShare, 1)) % of the requests were sent late; "
        + "this client, or its machine, is too slow for this rate\n"
    }
    if report.hasLatency { text += latencyTable(run).text }
    if report.plan.isOpen, !report.phases.isEmpty { text += phaseTable(report).text }
    return text
  }

  private func qualityLines(_ quality: QualityTally) -> [String] {
    guard quality.comparedCount + quality.failedCount > 0 else { return [] }
    let figures = quality.recallSums.keys.sorted().map { k in
      "recall@\(k) \(Text.fixed(quality.recall(at: k) ?? 0, 5)), ndcg@\(k) \(Text.fixed(quality.ndcg(at: k) ?? 0, 5))"
    }
    return [
      "  quality   \(Text.grouped(quality.comparedCount)) compared with the exact answer, "
        + "\(Text.grouped(quality.sameCount)) the same, \(Text.grouped(quality.failedCount)) without one"
    ] + figures.map { "            \($0)" }
  }

  private func bytesLines(_ run: BenchRun) -> [String] {
    let count = max(1, run.requestCount)
    func each(_ bytes: UInt64) -> String { Text.bytes(bytes / count) }
    let traffic = run.traffic
    return [
      "  bytes     \(each(traffic.wireBytesOut)) out and \(each(traffic.wireBytesIn)) in for each request; "
        + "\(each(traffic.rawBytesOut)) and \(each(traffic.rawBytesIn)) before LZ4"
    ]
  }

  private func latencyTable(_ run: BenchRun) -> Table {
    var table = Table([("latency", .left)] + Self.percentiles.map { ($0.name, .right) } + [("max", .right)])
    func add(_ label: String, _ histogram: LatencyHistogram) {
      let cells = Self.percentiles.map { histogram.percentile($0.percent) } + [histogram.microsecondsMax]
      table.add([label] + cells.map(Self.cell))
    }
    add("from the intended send", run.report.queries.latency)
    add("from the actual send", run.report.queries.service)
    for kind in LoadSample.Kind.allCases {
      guard let tally = run.report.writes[kind], tally.answerCount > 0 else { continue }
      add("\(kind.rawValue), intended", tally.latency)
      add("\(kind.rawValue), actual", tally.service)
    }
    if let feed = run.feed?.writes[.upsert], feed.answerCount > 0 {
      add("feed of \(run.feedBatch), intended", feed.latency)
    }
    return table
  }

  private func phaseTable(_ report: LoadReport) -> Table {
    var table = Table([("server phase", .left)] + Self.percentiles.map { ($0.name, .right) } + [("max", .right)])
    for phase in report.phases {
      let cells = Self.percentiles.map { phase.latency.percentile($0.percent) } + [phase.latency.microsecondsMax]
      table.add([phase.name] + cells.map(Self.cell))
    }
    return table
  }

  /// How this differs from an earlier result.
  static func text(_ comparison: LoadComparison) -> String {
    var table = Table([
      ("compared", .left), ("before", .right), ("now", .right), ("change", .right), ("99 % of it", .right), ("", .left),
    ])
    func change(_ quotient: Double) -> String { (quotient < 1 ? "" : "+") + Text.fixed(100 * (quotient - 1), 1) + " %" }
    for row in comparison.rows {
      let isTime = row.name.hasPrefix("p")
      func value(_ value: Double) -> String { isTime ? Text.milliseconds(Int(value)) : Text.fixed(value, 1) }
      let words =
        switch row.verdict {
        case .better: "better"
        case .worse: "worse"
        case .noise: "no difference beyond noise"
        case .unknown: "too short to say"
        }
      table.add([
        row.name, value(row.before), value(row.now), change(row.quotient.middle),
        "\(change(row.quotient.low))…\(change(row.quotient.high))", words,
      ])
    }
    return table.text
  }
}
