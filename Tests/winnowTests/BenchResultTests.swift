import JSON
import LoadClient
import Support
import Telemetry
import Testing
import Vocabulary
import Wire

@testable import winnow

struct BenchResultTests {
  /// A run of 500 queries and 50 writes of 1 to 50 ms, a tenth of which failed.
  private func run(rate: Double = 100, milliseconds: UInt64 = 1) -> BenchRun {
    let plan = LoadPlan(
      mode: .open(rate: LoadRate(rate), arrivals: .constant), warmupMicroseconds: 0,
      durationMicroseconds: UInt64(550e6 / rate), seed: 3)
    var machine = LoadMachine(plan, start: Instant(nanoseconds: 0))
    var now = Instant(nanoseconds: 0)
    while true {
      switch machine.next(at: now) {
      case .done:
        var quality = QualityTally()
        quality.compare([1, 2], with: [1, 3], at: [1, 2])
        quality.check(isRight: true)
        machine.compared(quality)
        var run = BenchRun(report: machine.result())
        run.traffic.rawBytesIn = 5000
        run.traffic.wireBytesIn = 3000
        run.requestCount = 550
        run.retryCount = 17
        run.cores = 0.25
        run.started = 1_764_000_000
        return run
      case .wait(let until): now = until
      case .send(let ticket):
        let latency = (UInt64(ticket.index) % 50 + 1) * milliseconds * 1000
        machine.finished(ticket, Self.sample(ticket.index), at: now.advanced(microseconds: latency))
      }
    }
  }

  private static func sample(_ index: Int) -> LoadSample {
    if index % 11 == 5 { return LoadSample(.upsert, .answered(LoadAnswer())) }
    if index % 10 == 0 { return LoadSample(.query, .failed("OVERLOADED")) }
    var answer = LoadAnswer()
    answer.phases = [.init("plan", microseconds: 30), .init("scan, slowest shard", microseconds: 700)]
    return LoadSample(.query, .answered(answer))
  }

  private func saved(_ result: BenchResult, in folder: TemporaryDirectory) throws -> String {
    let path = "\(folder.path)/result.json"
    try Files.write(path, Array(result.json.text.utf8))
    return path
  }

  @Test func resultIsReadAsItWasWritten() throws {
    let folder = TemporaryDirectory()
    let result = BenchResult(collection: "shop", runs: [run(), run(rate: 200)], serviceLevel: nil)
    let again = try BenchResult(reading: try saved(result, in: folder))
    #expect(again.text == result.text)
    #expect(again.json == result.json)
    let (a, b) = (result.runs[0].report, again.runs[0].report)
    for percent in stride(from: 0.0, through: 100, by: 0.5) {
      #expect(a.queries.latency.percentile(percent) == b.queries.latency.percentile(percent))
    }
    #expect(LoadComparison(a, with: b).rows.allSatisfy { $0.verdict == .noise && $0.quotient.middle == 1 })
  }

  @Test func resultsOfClientsSideBySideAddUp() throws {
    let one = BenchResult(collection: "shop", runs: [run()], serviceLevel: nil)
    let both = try #require(BenchResult(merging: [one, one], serviceLevel: try ServiceLevel("max<50ms")))
    #expect(both.runs[0].rate == 200)
    #expect(both.runs[0].report.queries.answerCount == 2 * one.runs[0].report.queries.answerCount)
    #expect(both.runs[0].report.quality.recall(at: 2) == 0.5)
    #expect(both.breaches == [["max<50ms does not hold: it is 50.00 ms"]])
    let steps = BenchResult(collection: "shop", runs: [run(), run()], serviceLevel: nil)
    #expect(BenchResult(merging: [one, steps], serviceLevel: nil) == nil)
  }

  @Test(arguments: [
    "", "{}", "[]", #"{"kind": "bench", "collection": "a", "runs": []}"#,
    #"{"kind": "bench", "collection": "a", "runs": [{}]}"#,
  ]) func otherFilesAreRefused(text: String) throws {
    let folder = TemporaryDirectory()
    let path = "\(folder.path)/other.json"
    try Files.write(path, Array(text.utf8))
    #expect(throws: Failure.self) { try BenchResult(reading: path) }
  }

  /// A file that says absurd numbers is told as it is, and nothing overflows.
  @Test func absurdNumbersDoNotOverflow() throws {
    let folder = TemporaryDirectory()
    let result = BenchResult(collection: "shop", runs: [run()], serviceLevel: nil)
    let text = result.json.text.replacing(#/: \d+,/#, with: ": 18446744073709551615,")
      .replacing(#/\[\d+, \d+,/#, with: "[18446744073709551615, 18446744073709551615,")
    let path = "\(folder.path)/absurd.json"
    try Files.write(path, Array(text.utf8))
    let read = try BenchResult(reading: path)
    let merged = try #require(BenchResult(merging: [read, read, read], serviceLevel: nil))
    #expect(!merged.text.isEmpty && !BenchPage(merged).html.isEmpty)
    #expect(LoadComparison(merged.runs[0].report, with: read.runs[0].report).rows.count <= 4)
  }

  @Test func percentilesAreNotToldWhenTheClientWasLate() {
    var late = run()
    late.report.lateCount = late.report.sendCount / 50
    let result = BenchResult(collection: "shop", runs: [late], serviceLevel: nil)
    #expect(result.text.contains("not shown: 2.0 % of the requests were sent late"))
    #expect(!result.text.contains("from the intended send"))
    #expect(
      result.json["runs"].flatMap { json in if case .list(let runs) = json { runs.first } else { nil } }?["query"]?[
        "latency_us"]?["p99"] == nil)
  }

  @Test func closedLoopIsLabelledAndHasNoPercentiles() {
    var run = run()
    run.report.plan.mode = .closed(concurrency: 4)
    let text = BenchResult(collection: "shop", runs: [run], serviceLevel: nil).text
    #expect(text.contains("throughput only") && !text.contains("p99"))
  }

  @Test func pageStandsAlone() {
    let result = BenchResult(collection: "a<b", runs: [run(), run(rate: 200), run(rate: 400)], serviceLevel: nil)
    let html = BenchPage(result).html
    for title in [
      "Throughput against latency", "Latency by percentile", "Latency over time", "Answers over time",
      "The server's time by phase",
    ] {
      #expect(html.contains("<figcaption>\(title)</figcaption>"), "\(title)")
    }
    #expect(html.contains("prefers-color-scheme: dark") && html.contains("a&lt;b") && !html.contains("a<b"))
    #expect(!html.contains("http") && !html.contains("<script") && !html.contains("src=") && !html.contains("NaN"))
    #expect(html.split(separator: "<svg").count == 6)
  }

  @Test func liveLineTellsTheLastWholeStretch() {
    let report = run().report
    let line = BenchLive.line(report)
    #expect(line.contains("/s, p50 ") && line.contains(", p99 "), "\(line)")
    #expect(line.contains(", errors \(report.errorCount)") && line.hasSuffix(", coverage 1.0000"), "\(line)")
  }

  @Test(arguments: [(0.3, 40.0), (1, 1), (7, 9_000_000)]) func powersHoldTheirValues(low: Double, high: Double) {
    let ticks = Chart.powers(low, high)
    #expect(ticks.count >= 2 && ticks[0] <= low && ticks[ticks.count - 1] >= high)
    #expect(ticks == ticks.sorted())
  }
}
