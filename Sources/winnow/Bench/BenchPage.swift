import Vocabulary
import Glibc
import LoadClient
import Telemetry

/// A result as a page with charts: one file that needs no other, in the reader's light or dark.
struct BenchPage {
  private let result: BenchResult

  init(_ result: BenchResult) { self.result = result }

  /// The page.
  var html: String {
    let charts = (result.runs.count > 1 ? [steps] : []) + (result.runs.last.map(runCharts) ?? [])
    let sections = charts.filter { !$0.isEmpty }.joined(separator: "\n")
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
      <title>winnow bench: \(Chart.escaped(result.collection))</title>
      <style>
      :root { color-scheme: light dark; --back: #ffffff; --ink: #1f2430; --soft: #5b6475; --grid: #d9dde5; \
      --c1: #2563c9; --c2: #d2601a; --c3: #16803c; --c4: #9333a8; }
      @media (prefers-color-scheme: dark) { :root { --back: #14171d; --ink: #e4e7ee; --soft: #a3acbd; --grid: #363c48; \
      --c1: #77aaff; --c2: #ff9d5c; --c3: #5fd38a; --c4: #d79bea; } }
      body { background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; \
      margin: 0 auto; padding: 1rem; }
      h1 { font-size: 1.4rem; } .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); \
      gap: 1.2rem; } figure { margin: 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; }
      pre { overflow-x: auto; border: 1px solid var(--grid); border-radius: 6px; padding: .8rem; font-size: 13px; }
      text { fill: var(--ink); font: 11px system-ui, sans-serif; } .axis { stroke: var(--ink); } .grid { stroke: var(--grid); }
      .curve { fill: none; stroke-width: 1.8; } .c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); } \
      .c3 { stroke: var(--c3); } .c4 { stroke: var(--c4); } .mark { fill: var(--back); stroke-width: 1.8; }
      rect.strong { fill: var(--c1); } rect.soft { fill: var(--c1); opacity: .35; } footer { color: var(--soft); }
      </style></head><body>
      <h1>winnow bench: \(Chart.escaped(result.collection))</h1>
      <div class="charts">
      \(sections)
      </div>
      <pre>\(Chart.escaped(result.text))</pre>
      <footer>Latency counts from the moment at which a request was due, so that a server that stalls cannot hide it; \
      beside it stands the latency from the actual send. Made by winnow \(Version.text).</footer>
      </body></html>

      """
  }

  private static func milliseconds(_ microseconds: UInt64) -> Double { Double(microseconds) / 1000 }

  /// Throughput against latency.
  private var steps: String {
    func curve(_ name: String, _ percent: Double) -> Chart.Curve {
      let points = result.runs.filter(\.report.hasLatency).compactMap { run in
        run.report.queries.latency.percentile(percent).map {
          (x: run.report.answersPerSecond, y: Self.milliseconds($0))
        }
      }
      return Chart.Curve(name: name, points: points.sorted { $0.x < $1.x }, hasMarks: true)
    }
    return Chart(
      title: "Throughput against latency", xLabel: "answers a second", yLabel: "ms", isLogarithmic: true,
      curves: [curve("p50", 50), curve("p99", 99), curve("p99.9", 99.9)]
    ).svg
  }

  private func runCharts(_ run: BenchRun) -> [String] {
    let report = run.report
    return (report.hasLatency ? [percentiles(report), overTime(report)] : []) + [answers(report)]
      + (report.plan.isOpen ? [phases(report)] : [])
  }

  /// Each further nine takes the same space.
  private func percentiles(_ report: LoadReport) -> String {
    let ticks: [(x: Double, label: String)] = [
      (0.30103, "50"), (1, "90"), (2, "99"), (3, "99.9"), (4, "99.99"), (5, "99.999"),
    ]
    let count = Double(report.queries.answerCount)
    let shown = ticks.filter { $0.x <= 1 || count >= Self.powerOfTen($0.x) }
    let most = shown.last?.x ?? 1
    func curve(_ name: String, _ histogram: LatencyHistogram) -> Chart.Curve {
      Chart.Curve(
        name: name,
        points: (0...60).compactMap { step in
          let nines = most * Double(step) / 60
          return histogram.percentile(100 * (1 - 1 / Self.powerOfTen(nines))).map { (nines, Self.milliseconds($0)) }
        })
    }
    return Chart(
      title: "Latency by percentile", xLabel: "percentile", yLabel: "ms", xTicks: shown, isLogarithmic: true,
      curves: [
        curve("from the intended send", report.queries.latency), curve("from the actual send", report.queries.service),
      ]
    ).svg
  }

  private static func powerOfTen(_ exponent: Double) -> Double { pow(10, exponent) }

  private func seconds(_ index: Int, _ report: LoadReport) -> Double {
    (Double(index) + 0.5) * Double(report.plan.intervalMicroseconds) / 1e6
  }

  private func overTime(_ report: LoadReport) -> String {
    func curve(_ name: String, _ percent: Double) -> Chart.Curve {
      Chart.Curve(
        name: name,
        points: report.intervals.enumerated().compactMap { index, interval in
          interval.latency.percentile(percent).map { (seconds(index, report), Self.milliseconds($0)) }
        })
    }
    return Chart(
      title: "Latency over time", xLabel: "seconds", yLabel: "ms", isLogarithmic: true,
      curves: [curve("p50", 50), curve("p99", 99), curve("max", 100)]
    ).svg
  }

  private func answers(_ report: LoadReport) -> String {
    let length = Double(report.plan.intervalMicroseconds) / 1e6
    func curve(_ name: String, _ count: (LoadInterval) -> UInt64) -> Chart.Curve {
      Chart.Curve(
        name: name,
        points: report.intervals.enumerated().map { (seconds($0.offset, report), Double(count($0.element)) / length) })
    }
    return Chart(
      title: "Answers over time", xLabel: "seconds", yLabel: "a second",
      curves: [curve("queries", \.latency.count), curve("errors", \.errorCount)]
        + (report.writes.isEmpty ? [] : [curve("writes", \.writeCount)])
    ).svg
  }

  private func phases(_ report: LoadReport) -> String {
    func milliseconds(_ latency: LatencyHistogram, _ percent: Double) -> Double {
      Self.milliseconds(latency.percentile(percent) ?? 0)
    }
    return BarChart(
      title: "The server's time by phase", innerName: "p50", outerName: "p99", unit: "ms",
      rows: report.phases.map {
        BarChart.Row(name: $0.name, inner: milliseconds($0.latency, 50), outer: milliseconds($0.latency, 99))
      }
    ).svg
  }
}
