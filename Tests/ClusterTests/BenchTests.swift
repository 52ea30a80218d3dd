import FoundationEssentials
import Glibc
import Support
import Testing
import Wire

extension ClusterSuite {
  /// `winnow bench` against processes on loopback. It checks what is told, never how fast anything was: a machine that is
  /// busy makes the client late, which is told and is exit code 1.
  @Suite struct BenchTests {
    private func bench(_ address: String, _ arguments: String...) async throws -> (
      code: Int32, output: String, errors: String
    ) {
      let process = try ProgramProcess(
        "winnow",
        ["--coordinator", address, "--timeout", "20s", "bench", "--users", "7-7", "--warmup", "100ms"] + arguments)
      return (try await process.exitCode(within: 120), process.output, process.errors)
    }

    @Test(.needsPythonPackages) func loadIsMadeAndToldInEveryForm() async throws {
      let shop = try LoopbackTests.shop(200)
      let folder = TemporaryDirectory()
      try await ProcessCluster.run(shardCount: 2) { cluster in
        try await cluster.fill(shop)
        // 200 ms of lateness are let pass, so that the percentiles are told on any machine.
        let run = try await bench(
          cluster.address, "--rate", "50", "--duration", "2s", "--json", "--slo",
          "p99<10s,errors<=0,wrong<=0,recall@5>=0.9",
          "--quality", "0.5", "--mix", "6:3:1", "--feed", "20", "--write-ids", "5000000-5000100", "--k", "10:1,5:1",
          "--html", "\(folder.path)/bench.html", "--hdr", "\(folder.path)/bench.hdr")
        #expect(run.code == 0, "\(run.output)\(run.errors)")
        for part in [#""wrong": 0"#, #""p99.9""#, #""in_wire""#, #""merge""#, #""recall@5""#, #""slo_held": true"#] {
          #expect(run.output.contains(part), "\(part)")
        }
        let path = "\(folder.path)/bench.json"
        try Data(run.output.utf8).write(to: URL(filePath: path))
        let page = try Data(contentsOf: URL(filePath: "\(folder.path)/bench.html"))
        #expect(String(decoding: page, as: UTF8.self).contains("</html>"))
        try await checkLog("\(folder.path)/bench.hdr", against: path)

        // What was written is gone again.
        let left = try ProgramProcess(
          "winnow", ["--coordinator", cluster.address, "cluster", "status", "--format", "json"])
        #expect(try await left.exitCode() == 0)
        #expect(left.output.contains(#""items": 200"#), "\(left.output)")
        let merged = try ProgramProcess("winnow", ["bench", "--merge", path, "--merge", path, "--slo", "max<1us"])
        #expect(try await merged.exitCode() == 4)
        #expect(merged.output.contains("100.0 requests/s") && merged.output.contains("max<1us does not hold"))
      }
    }

    /// The public reader of histogram logs finds the same counts and percentiles.
    private func checkLog(_ log: String, against result: String) async throws {
      let program = """
        import json, sys
        from hdrh.histogram import HdrHistogram
        from hdrh.log import HistogramLogReader
        total = HdrHistogram(1, 60000000, 3)
        reader = HistogramLogReader(sys.argv[1], HdrHistogram(1, 60000000, 3))
        while (part := reader.get_next_interval_histogram()) is not None: total.add(part)
        told = json.load(open(sys.argv[2]))["runs"][0]["query"]
        assert total.get_total_count() == told["answered"] > 20, (total.get_total_count(), told["answered"])
        counts = {}
        pairs = told["latency_us"]["histogram"]
        for value, count in zip(pairs[::2], pairs[1::2]):
            place = total.get_lowest_equivalent_value(value)
            counts[place] = counts.get(place, 0) + count
        for value, count in counts.items(): assert total.get_count_at_value(value) == count, (value, count)
        assert sum(counts.values()) == total.get_total_count()
        print("same")
        """
      #expect(try await PythonPackages.run(program, [log, result]) == "same\n")
    }

    @Test func whatWasWrittenIsRemovedWhenItIsInterrupted() async throws {
      let shop = try LoopbackTests.shop(200)
      try await ProcessCluster.run(shardCount: 1) { cluster in
        try await cluster.fill(shop)
        let writer = try ProgramProcess(
          "winnow",
          [
            "--coordinator", cluster.address, "--timeout", "20s", "bench", "--users", "7-7", "--rate", "40",
            "--duration",
            "100s", "--mix", "0:1:0",
          ])
        try await cluster.waitUntil("items are written") { $0.shards.reduce(0) { $0 + $1.items } > 205 }
        writer.signal(SIGINT)
        #expect(try await writer.exitCode() == 130)
        #expect(writer.output.contains("40.0 requests/s"), "\(writer.output)\(writer.errors)")
        try await cluster.waitUntil("they are gone") { $0.shards.reduce(0) { $0 + $1.items } == 200 }
      }
    }

    @Test func promisesAndFailuresHaveTheirCodes() async throws {
      let shop = try LoopbackTests.shop(200)
      try await ProcessCluster.run(shardCount: 1) { cluster in
        try await cluster.fill(shop)
        let broken = try await bench(
          cluster.address, "--rate", "40", "--duration", "500ms", "--slo", "coverage>=1,p50<1us")
        #expect(broken.code == 4 && broken.output.contains("service level broken"), "\(broken.output)\(broken.errors)")
        let closed = try await bench(cluster.address, "--concurrency", "2", "--duration", "500ms")
        #expect(closed.code == 0 && closed.output.contains("throughput only"), "\(closed.output)\(closed.errors)")
        // Nothing holds a coverage above 1: the search goes down and ends without a rate.
        let none = try await bench(
          cluster.address, "--find-max", "--rate", "20", "--duration", "100ms", "--slo", "coverage>1")
        #expect(none.code == 4 && none.output.contains("no rate held"), "\(none.output)\(none.errors)")
        // A mistake is told before any load; queries that fail under load are exit code 1.
        let wrong = try await bench(cluster.address, "--filter", "nope = 1")
        #expect(wrong.code == 1 && wrong.errors.contains("BAD_FILTER"), "\(wrong.output)\(wrong.errors)")
        let folder = TemporaryDirectory()
        let path = "\(folder.path)/queries.jsonl"
        try Data("{\"user\": 7}\n{\"user\": 7, \"filter\": \"nope = 1\"}\n".utf8).write(to: URL(filePath: path))
        let half = try await bench(cluster.address, "--concurrency", "1", "--duration", "300ms", "--queries", path)
        #expect(half.code == 1 && half.output.contains("error     BAD_FILTER"), "\(half.output)\(half.errors)")
      }
    }
  }
}
