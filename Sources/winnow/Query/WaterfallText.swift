import Vocabulary
import WinnowClient

/// Where the time of a query went, as bars below one another.
enum WaterfallText {
  private static let width = 50

  static func lines(_ report: RankReport) -> [String] {
    lines(report.waterfall) + (report.straggler.map { [line($0)] } ?? [])
  }

  /// The shard that held the answer up, and by what.
  static func line(_ straggler: RankReport.Straggler) -> String {
    let known = straggler.queueMicroseconds + straggler.scanMicroseconds
    let rest = max(0, straggler.microseconds - known)
    let parts =
      "scan \(Text.milliseconds(straggler.scanMicroseconds)), queue \(Text.milliseconds(straggler.queueMicroseconds)), "
      + "way and waiting \(Text.milliseconds(rest))"
    let time = "\(Text.milliseconds(straggler.microseconds)), of which \(parts)"
    guard let lead = straggler.leadMicroseconds else {
      return "  shard \(straggler.shard.rawValue), the only one, took \(time)"
    }
    return "  shard \(straggler.shard.rawValue) held the answer up: \(time); the others were done "
      + "\(Text.milliseconds(lead)) before"
  }

  static func lines(_ spans: [RankReport.Span]) -> [String] {
    let end = spans.map { $0.startMicroseconds + $0.durationMicroseconds }.max() ?? 0
    guard end > 0 else { return [] }
    let labels = spans.map { span in
      ((span.shard == nil ? "" : "  ") + span.phase + (span.shard.map { " of shard \($0.rawValue)" } ?? ""))
    }
    let labelWidth = labels.map(\.count).max() ?? 0
    let times = spans.map { Text.milliseconds($0.durationMicroseconds) }
    let timeWidth = times.map(\.count).max() ?? 0
    let scale = Double(width) / Double(end)
    return ["waterfall, \(Text.milliseconds(end)) in all"]
      + spans.indices.map { index in
        let first = min(width - 1, Int(Double(spans[index].startMicroseconds) * scale))
        let length = min(width - first, max(1, Int((Double(spans[index].durationMicroseconds) * scale).rounded())))
        let bar = String(repeating: " ", count: first) + String(repeating: "█", count: length)
        let time = String(repeating: " ", count: timeWidth - times[index].count) + times[index]
        return "  \(labels[index].padded(labelWidth))  \(time)  \(bar)"
      }
  }
}
