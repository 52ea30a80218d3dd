import LoadClient
import Telemetry
import Vocabulary

/// Tells on standard error how a load does: a line that is redrawn for a person, a line now and then otherwise.
final class BenchLive: Sendable {
  /// Seconds between lines where no person reads.
  private static let plainSeconds = 5

  private struct State: Sendable {
    var label = ""
    var ticks = 0
    var hasPrinted = false
  }

  private let isTerminal = StandardStreams.isErrorTerminal
  private let state = Lock(State())

  /// Begins a run of several.
  func begin(_ label: String) {
    state.withLock { state in
      state.label = label
      state.ticks = 0
    }
  }

  /// Called once a second.
  func tell(_ report: LoadReport) {
    let label: String? = state.withLock { state in
      state.ticks += 1
      guard isTerminal || state.ticks % Self.plainSeconds == 0 else { return nil }
      state.hasPrinted = true
      return state.label
    }
    guard let label else { return }
    let line = label + Self.line(report)
    StandardStreams.error(isTerminal ? line : line + "\n", isOver: isTerminal)
  }

  /// Makes room for what is printed next.
  func finish() {
    let hasPrinted = state.withLock { state in
      defer { state.hasPrinted = false }
      return state.hasPrinted
    }
    if hasPrinted, isTerminal { StandardStreams.error("", isOver: true) }
  }

  /// A line with the figures of the last whole stretch of the run.
  static func line(_ report: LoadReport) -> String {
    guard let interval = report.intervals.dropLast().last ?? report.intervals.last else { return "warming up" }
    let seconds = Double(report.plan.intervalMicroseconds) / 1e6
    let answers = interval.latency.count
    var line = "\(Text.fixed(Double(answers + interval.writeCount) / seconds, 1))/s"
    if report.plan.isOpen, let p50 = interval.latency.percentile(50), let p99 = interval.latency.percentile(99) {
      line += ", p50 \(Text.milliseconds(p50)), p99 \(Text.milliseconds(p99))"
    }
    line += ", errors \(Text.grouped(report.errorCount + report.unsentCount))"
    if answers > 0 { line += ", coverage \(Text.fixed(Double(interval.coverageSum) / 1e6 / Double(answers), 4))" }
    if !report.isOnTime { line += ", sending late" }
    return line
  }
}
