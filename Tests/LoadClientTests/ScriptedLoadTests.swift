import LoadClient
import Support
import Telemetry
import Testing
import Transport
import Vocabulary
import WinnowClient
import Wire

/// The load client with the real client library and framing against servers whose delays are known, in virtual time.
struct ScriptedLoadTests {
  private func run(
    rate: Double, seconds: UInt64, inFlight: Int = 10_000,
    _ delay: @escaping @Sendable (Instant) -> Instant
  ) throws -> LoadReport {
    let clock = Lock<ManualExecutor?>(nil)
    return try ScriptedServer.run { request, _ in
      if let executor = clock.withLock({ $0 }) { await executor.sleep(until: delay(executor.clock.now())) }
      return .reply(ScriptedServer.emptyAnswer().body(version: request.bodyVersion))
    } body: { network, _, executor in
      clock.withLock { $0 = executor }
      var options = ClientOptions()
      options.connectionCount = 4
      options.timeout = .seconds(30)
      let client = WinnowClient(
        address: ScriptedServer.address, options: options, network: network, executor: executor,
        random: SeededRandomSource(seed: 1))
      var plan = LoadPlan(
        mode: .open(rate: LoadRate(rate), arrivals: .constant), warmupMicroseconds: 100_000,
        durationMicroseconds: seconds * 1_000_000, seed: 1)
      plan.inFlightMax = inFlight
      let report = await LoadRun.run(plan, on: executor) { _ in
        var query = RankQuery(collection: "shop")
        query.user = UserID(1)
        do throws(WinnowError) {
          let answer = try await client.rank(query)
          var sample = LoadAnswer()
          sample.coverage = answer.report.coverage
          return LoadSample(.query, .answered(sample))
        } catch { return LoadSample(.query, .failed(error.name)) }
      }
      await client.close()
      return report
    }
  }

  /// A server that stalls for 2 s at 200 a second: an honest client sees it in the 99th percentile of 20 s.
  @Test func stallOfTwoSecondsShowsInTheTail() throws {
    let report = try run(rate: 200, seconds: 20) { now in
      let stall = (from: UInt64(10_000_000_000), to: UInt64(12_000_000_000))
      let isStalled = (stall.from..<stall.to).contains(now.nanoseconds)
      return Instant(nanoseconds: (isStalled ? stall.to : now.nanoseconds) + 1_000_000)
    }
    #expect(report.sendCount == 4000)
    #expect(report.answerCount == 4000, "\(report.errors)")
    #expect(report.hasLatency)
    #expect(try #require(report.queries.latency.percentile(99)) >= 1_700_000)
    #expect(try #require(report.queries.latency.percentile(50)) < 2000)
  }

  @Test func fixedDelayOfTenMillisecondsIsTheMedian() throws {
    let report = try run(rate: 200, seconds: 5) { $0.advanced(microseconds: 10_000) }
    #expect(report.answerCount == 1000)
    #expect((9500...10_500).contains(try #require(report.queries.latency.percentile(50))))
    #expect((9500...10_500).contains(try #require(report.queries.service.percentile(50))))
    #expect(report.coverage == 0)
  }

  @Test func whatDoesNotFitInFlightIsCountedAsNotSent() throws {
    let report = try run(rate: 100, seconds: 2, inFlight: 5) { $0.advanced(microseconds: 100_000) }
    #expect(report.sendCount == 200)
    #expect(report.unsentCount > 80)
    #expect(report.unsentCount + report.answerCount == 200)
    #expect(!report.hasLatency)
  }
}
