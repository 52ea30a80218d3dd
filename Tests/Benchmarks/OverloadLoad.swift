import LoadClient
import SocketTransport
import Transport
import Vocabulary
import WinnowClient
import Wire

/// A load that follows its schedule whatever the cluster does, from a client with the usual retries.
final class OverloadLoad: Sendable {
  /// A stretch of even load.
  struct Phase: Sendable {
    let rate: Double
    let seconds: Double
  }

  /// Notes how long the server took to refuse, attempt by attempt: a call may take several.
  private final class TimingCaller: Caller {
    let calls: any Caller
    let clock: any MonotonicClock
    let tally: Lock<OverloadTally>

    init(_ calls: any Caller, _ clock: any MonotonicClock, _ tally: Lock<OverloadTally>) {
      self.calls = calls
      self.clock = clock
      self.tally = tally
    }

    func call(_ request: OutboundRequest) async throws(CallError) -> ReplyMessage {
      let start = clock.now()
      if request.isRetry { tally.withLock { $0.retryCount += 1 } }
      do throws(CallError) { return try await calls.call(request) } catch {
        if case .refused(let refusal) = error, refusal.code == .overloaded {
          let end = clock.now()
          tally.withLock { $0.refused(at: start, after: start.microseconds(until: end)) }
        }
        throw error
      }
    }

    func traffic() async -> Traffic { await calls.traffic() }
    func close() async { await calls.close() }
  }

  private let shop: ServiceShop
  private let reference: [[UInt64]]
  private let client: WinnowClient
  private let loop: EventLoop
  private let tally = Lock(OverloadTally())

  init(shop: ServiceShop, address: String, reference: [[UInt64]]) throws {
    self.shop = shop
    self.reference = reference
    let group = try EventLoopGroup(loopCount: 1)
    loop = group.loops[0]
    var options = ClientOptions()
    options.connectionCount = 4
    let calls = PooledCaller(
      address: address, options: options, network: SocketNetwork(group: group), executor: loop, random: SystemRandom())
    client = WinnowClient(
      address: address, options: options, caller: TimingCaller(calls, loop.clock, tally), executor: loop,
      random: SystemRandom())
  }

  func close() async { await client.close() }

  /// Answers in time a second while so many queries are always in flight.
  func closed(concurrency: Int, seconds: Double) async throws -> Double {
    let plan = LoadPlan(
      mode: .closed(concurrency: concurrency), warmupMicroseconds: 1_000_000,
      durationMicroseconds: UInt64(seconds * 1e6), seed: 1)
    let clock = loop.clock
    let report = await LoadRun.run(plan, on: loop) { [self] index in
      await self.sample(index, due: clock.now()).isGood
        ? LoadSample(.query, .answered(LoadAnswer())) : LoadSample(.query, .failed("not in time"))
    }
    return report.answersPerSecond
  }

  /// The phases one after another, without a pause.
  func open(_ phases: [Phase]) async throws -> OverloadTally {
    var times: [UInt64] = []
    var ends: [UInt64] = []
    for (number, phase) in phases.enumerated() {
      let (start, length) = (ends.last ?? 0, UInt64(phase.seconds * 1e6))
      var schedule = ArrivalSchedule(.poisson, rate: LoadRate(phase.rate), seed: UInt64(number + 7))
      while let next = schedule.next(), next / 1000 < length { times.append(start + next / 1000) }
      ends.append(start + length)
    }
    var plan = LoadPlan(
      mode: .replay(microseconds: times), warmupMicroseconds: 0, durationMicroseconds: ends.last ?? 0, seed: 1)
    plan.lateMicroseconds = 10_000
    let clock = loop.clock
    let start = clock.now()
    tally.withLock { [ends] in $0 = OverloadTally(start: start, ends: ends) }
    let report = await LoadRun.run(plan, on: loop) { [self, times] index in
      let due = start.advanced(microseconds: times[index])
      let sample = await self.sample(index, due: due)
      tally.withLock { $0.add(sample, due: times[index]) }
      return LoadSample(.query, sample.isGood ? .answered(LoadAnswer()) : .failed("not in time"))
    }
    return tally.withLock { tally in
      tally.lateShare = report.lateShare
      return tally
    }
  }

  private func sample(_ index: Int, due: Instant) async -> OverloadTally.Sample {
    var query = shop.query(index)
    query.timeout = .microseconds(Int64(OverloadBenchmark.patienceMicroseconds))
    do throws(WinnowError) {
      let answer = try await client.rank(query)
      let latency = due.microseconds(until: loop.clock.now())
      let report = answer.report
      let isWhole = report.isComplete && report.reranked == report.candidates && report.candidates == shop.depth
      let isRight = answer.results.map(\.item.rawValue) == reference[index % reference.count]
      return .init(
        outcome: isWhole ? (isRight ? .whole : .wrong) : .partial, latency: latency,
        patience: OverloadBenchmark.patienceMicroseconds)
    } catch {
      return .init(
        outcome: error.name == "OVERLOADED" ? .refused : .failed(error.name),
        latency: due.microseconds(until: loop.clock.now()), patience: OverloadBenchmark.patienceMicroseconds)
    }
  }
}
