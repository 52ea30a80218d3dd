import Support
import Synchronization
import Telemetry
import Testing

@Suite struct MetricRegistryTests {
  @Test func textIsWhatPrometheusReads() {
    let registry = MetricRegistry()
    #expect(registry.text() == "")
    registry.counter("winnow_queries_total", help: "Queries answered.", labels: [("outcome", "ok")]).add(3)
    registry.counter("winnow_queries_total", help: "Queries answered.", labels: [("outcome", "late")]).add()
    registry.gauge("winnow_memory_bytes", help: "Memory in use.").set(1.5e9)
    registry.gauge("winnow_uptime_seconds", help: "Since the start.", measuredBy: { 12.25 })
    let histogram = registry.histogram(
      "winnow_scan_seconds", help: "Scans.", labels: [("shard", "3")], bounds: [0.001, 0.01])
    for value in [0.001, 0.002, 0.5] { histogram.observe(value) }
    #expect(
      registry.text() == """
        # HELP winnow_memory_bytes Memory in use.
        # TYPE winnow_memory_bytes gauge
        winnow_memory_bytes 1500000000
        # HELP winnow_queries_total Queries answered.
        # TYPE winnow_queries_total counter
        winnow_queries_total{outcome="late"} 1
        winnow_queries_total{outcome="ok"} 3
        # HELP winnow_scan_seconds Scans.
        # TYPE winnow_scan_seconds histogram
        winnow_scan_seconds_bucket{shard="3",le="0.001"} 1
        winnow_scan_seconds_bucket{shard="3",le="0.01"} 2
        winnow_scan_seconds_bucket{shard="3",le="+Inf"} 3
        winnow_scan_seconds_sum{shard="3"} 0.503
        winnow_scan_seconds_count{shard="3"} 3
        # HELP winnow_uptime_seconds Since the start.
        # TYPE winnow_uptime_seconds gauge
        winnow_uptime_seconds 12.25

        """)
  }

  @Test func whatIsShownAnewReplacesAllThatItsNameHad() {
    let registry = MetricRegistry()
    registry.show(
      "winnow_items", help: "Items.",
      [(labels: [("collection", "a")], value: 1), (labels: [("collection", "b")], value: 2)])
    registry.show("winnow_items", help: "Items.", [(labels: [("collection", "b")], value: 3)])
    #expect(registry.text().hasSuffix("# TYPE winnow_items gauge\nwinnow_items{collection=\"b\"} 3\n"))
    registry.show("winnow_items", help: "Items.", [])
    #expect(!registry.text().contains("winnow_items{"))
  }

  @Test func whatIsKeptElsewhereIsShown() {
    let registry = MetricRegistry()
    let (counter, histogram) = (Telemetry.Counter(), Histogram(bounds: [1]))
    registry.counter("process_cpu_seconds_total", help: "Time.") { Double(counter.value) }
    registry.histogram("winnow_log_commit_seconds", help: "Commits.", shown: histogram)
    counter.add(4)
    histogram.observe(0.5)
    let text = registry.text()
    #expect(text.contains("# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 4\n"))
    #expect(text.contains("winnow_log_commit_seconds_bucket{le=\"1\"} 1\n"))
  }

  @Test func aTableMakesASeriesOnceAndIsBounded() {
    let made = Atomic<Int>(0)
    let table = SeriesTable<Int, Telemetry.Counter> { _ in
      made.add(1, ordering: .relaxed)
      return Telemetry.Counter()
    }
    for _ in 0..<3 { table[7].add() }
    #expect(table[7].value == 3 && made.load(ordering: .relaxed) == 1)
    for key in 0..<2 * MetricRegistry.seriesMax { table[key].add() }
    #expect(table[7].value == 4)
  }

  @Test func sameNameAndLabelsAreTheSameMetric() {
    let registry = MetricRegistry()
    let first = registry.counter("winnow_x_total", help: "x", labels: [("a", "1"), ("b", "2")])
    #expect(registry.counter("winnow_x_total", help: "x", labels: [("a", "1"), ("b", "2")]) === first)
    #expect(registry.counter("winnow_x_total", help: "x", labels: [("a", "1")]) !== first)
  }

  @Test func valuesOfPeersCannotBreakTheText() {
    let registry = MetricRegistry()
    registry.gauge("winnow_x", help: "back\\slash\nline", labels: [("peer", "a\"b\\c\nd\u{1B}[2J\re")]).set(.nan)
    #expect(
      registry.text() == """
        # HELP winnow_x back\\\\slash\\nline
        # TYPE winnow_x gauge
        winnow_x{peer="a\\"b\\\\c\\nd\u{FFFD}[2J\u{FFFD}e"} NaN

        """)
  }

  @Test func seriesDoNotGrowWithoutEnd() {
    let registry = MetricRegistry()
    for i in 0..<MetricRegistry.seriesMax + 50 {
      registry.counter("winnow_x_total", help: "x", labels: [("name", "\(i)")]).add()
    }
    let lines = registry.text().split(separator: "\n")
    #expect(lines.count == MetricRegistry.seriesMax + 1 + 2)
    #expect(lines.contains("winnow_x_total{name=\"_other\"} 50"))
  }

  @Test func brokenNamesTrap() async {
    await #expect(processExitsWith: .failure) { _ = MetricRegistry().counter("queries_total", help: "") }
    await #expect(processExitsWith: .failure) { _ = MetricRegistry().counter("winnow_queries", help: "") }
    await #expect(processExitsWith: .failure) { _ = MetricRegistry().gauge("winnow_Bytes", help: "") }
    await #expect(processExitsWith: .failure) {
      _ = MetricRegistry().gauge("winnow_x", help: "", labels: [("le", "1")])
    }
  }

  @Test func gaugesAndCountersAreSafeFromManyThreads() async {
    let (counter, gauge, histogram) = (Counter(), Gauge(), Histogram(bounds: [1, 2]))
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for i in 0..<1000 {
            counter.add(2)
            gauge.add(i % 2 == 0 ? 1.5 : -0.5)
            histogram.observe(Double(i % 3) + 0.5)
          }
        }
      }
    }
    #expect(counter.value == 16_000)
    #expect(gauge.value == 4000)
    #expect(histogram.snapshot.counts == [2672, 2664, 2664])
  }

  @Test func boundsAreInclusiveAndOddValuesAreDropped() {
    let histogram = Histogram(bounds: [1, 2, 4])
    for value in [-1, 0, 1, 1.5, 2, 4, 4.001, 1e300, .nan, .infinity, -.infinity] { histogram.observe(value) }
    #expect(histogram.snapshot.counts == [3, 2, 1, 2])
    #expect(histogram.snapshot.count == 8)
    #expect(Histogram.secondsBounds.count == 21 && Histogram.secondsBounds[20] > 52)
    #expect(Histogram.bytesBounds.last == Double(1 << 30))
  }
}
