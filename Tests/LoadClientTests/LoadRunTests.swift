import LoadClient
import Telemetry
import Testing
import Transport
import Vocabulary
import WinnowClient

/// The load client against servers whose delays are known, in virtual time.
struct LoadRunTests {
  private func run(
    _ mode: LoadPlan.Mode, seconds: UInt64, server: @escaping @Sendable (Instant) -> Instant
  ) throws -> LoadReport {
    let executor = ManualExecutor()
    let plan = LoadPlan(mode: mode, warmupMicroseconds: 0, durationMicroseconds: seconds * 1_000_000, seed: 1)
    return try executor.run {
      await LoadRun.run(plan, on: executor) { _ in
        await executor.sleep(until: server(executor.clock.now()))
        return LoadPlans.whole
      }
    }
  }

  @Test func fixedDelayIsWhatIsReported() throws {
    let report = try run(.open(rate: LoadRate(100), arrivals: .constant), seconds: 10) {
      $0.advanced(microseconds: 5000)
    }
    #expect(report.sendCount == 1000)
    #expect(report.answerCount == 1000)
    #expect(report.isOnTime)
    for percent in [50, 90, 99, 99.9] { #expect(report.queries.latency.percentile(percent) == 5000) }
    #expect(abs(report.answersPerSecond - 100) < 1)
  }

  /// A stall of 2 s in a closed loop touches one query of each client, which is why its latencies are not told.
  @Test func closedLoopWouldHideTheStall() throws {
    let report = try run(.closed(concurrency: 2), seconds: 4) { now in
      let isStalled = (UInt64(1_000_000_000)..<3_000_000_000).contains(now.nanoseconds)
      return Instant(nanoseconds: (isStalled ? 3_000_000_000 : now.nanoseconds) + 1_000_000)
    }
    #expect(report.queries.latency.percentile(99) == 1000)
    #expect(!report.hasLatency)
    #expect(report.answerCount > 3000)
  }

  /// Who is asked to wait, waits, and what was refused for now fails no closed run; an open one it does.
  @Test func closedLoopWaitsAsLongAsItIsAsked() throws {
    let executor = ManualExecutor()
    func run(_ mode: LoadPlan.Mode) throws -> LoadReport {
      let plan = LoadPlan(mode: mode, warmupMicroseconds: 0, durationMicroseconds: 1_000_000, seed: 1)
      return try executor.run {
        await LoadRun.run(plan, on: executor) { index in
          guard !index.isMultiple(of: 4) else {
            var sample = LoadSample(.query, .failed("OVERLOADED"))
            sample.retryAfterMilliseconds = 97
            return sample
          }
          await executor.sleep(until: executor.clock.now().advanced(microseconds: 1000))
          return LoadPlans.whole
        }
      }
    }
    let closed = try run(.closed(concurrency: 1))
    // A refusal and three answers take 100 ms.
    #expect(closed.answerCount == 30)
    #expect(closed.errors == ["OVERLOADED": 10])
    #expect(closed.failedCount == 0)
    let open = try run(.open(rate: LoadRate(100), arrivals: .constant))
    #expect(open.failedCount == 25)
  }

  @Test func poissonArrivalsQueueBehindASlowServer() throws {
    let last = Lock<UInt64>(0)
    // One query at a time, 8 ms each: 80 % busy at 100 a second.
    let report = try run(.open(rate: LoadRate(100), arrivals: .poisson), seconds: 50) { now in
      last.withLock { last in
        last = max(last, now.nanoseconds) + 8_000_000
        return Instant(nanoseconds: last)
      }
    }
    let mean = try #require(report.queries.latency.microsecondsMean)
    // M/D/1: service · (1 + ρ / (2 (1 − ρ))) = 24 ms.
    #expect((16_000...34_000).contains(mean))
  }

  /// Comparing answers takes long and is not part of what is measured.
  @Test func comparisonsDoNotCountAsLatency() throws {
    let executor = ManualExecutor()
    let report = try executor.run {
      await LoadRun.run(LoadPlans.open(100), on: executor) { index in
        var sample = LoadPlans.whole
        guard index % 10 == 0 else { return sample }
        sample.compare = {
          await executor.sleep(until: executor.clock.now().advanced(microseconds: 3_000_000))
          var tally = QualityTally()
          tally.compare([1, 2, 3], with: [1, 2, 4], at: [3])
          return tally
        }
        return sample
      }
    }
    #expect(report.queries.latency.microsecondsMax == 0)
    #expect(report.elapsedMicroseconds == 1_000_000)
    #expect(report.quality.comparedCount == 10)
    #expect(try abs(#require(report.quality.recall(at: 3)) - 2 / 3) < 1e-9)
  }
}
