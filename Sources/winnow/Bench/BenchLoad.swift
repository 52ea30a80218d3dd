import Glibc
import LoadClient
import Transport
import Vocabulary
import WinnowClient
import Wire

/// Runs what was asked for: one plan, several, or a search for the highest rate.
struct BenchLoad: Sendable {
  private static let lateRetries = 3

  let sender: BenchSender
  let executor: any LinkExecutor
  let live: BenchLive
  let setup: BenchSetup

  func result(_ serviceLevel: ServiceLevel?) async -> BenchResult {
    if setup.isSearch, let serviceLevel { return await search(serviceLevel) }
    var runs: [BenchRun] = []
    for plan in setup.plans where !Task.isCancelled {
      live.begin(setup.plans.count > 1 ? label(plan) : "")
      runs.append(await run(plan))
    }
    return BenchResult(collection: sender.collection.name, runs: runs, serviceLevel: serviceLevel)
  }

  private func label(_ plan: LoadPlan) -> String {
    if case .open(let rate, _) = plan.mode { "at \(BenchRun.rate(rate.mean)): " } else { "" }
  }

  private func search(_ serviceLevel: ServiceLevel) async -> BenchResult {
    var plan = setup.plans[0]
    guard case .open(let start, let arrivals) = plan.mode else { preconditionFailure("a search has a rate") }
    var point = OperatingPoint(start: start.first, range: 0.1...setup.rateMax)
    var runs: [BenchRun] = []
    var reason = ""
    while !Task.isCancelled, let rate = point.next {
      plan.mode = .open(rate: LoadRate(rate), arrivals: arrivals)
      live.begin(label(plan))
      var run = await run(plan)
      // That this client was late says nothing about the server: it has a few more tries.
      for _ in 0..<Self.lateRetries where !run.report.isOnTime && !Task.isCancelled { run = await self.run(plan) }
      if Task.isCancelled { break }
      let words =
        run.report.isOnTime
        ? serviceLevel.breaches(of: run.report).map(BenchResult.words)
        : ["this client was too slow to send on time, so that the limit of the server is not known"]
      runs.append(run)
      point.finished(rate, held: words.isEmpty)
      // The last word on the lowest rate that failed.
      if !words.isEmpty, rate <= point.failed ?? rate { reason = words.joined(separator: "; ") }
    }
    var result = BenchResult(collection: sender.collection.name, runs: runs, serviceLevel: serviceLevel)
    result.maximum = BenchResult.Maximum(best: point.best, failed: point.failed, reason: reason)
    return result
  }

  /// One run, with the feed beside it.
  private func run(_ plan: LoadPlan) async -> BenchRun {
    let start = executor.clock.now()
    let busyBefore = Glibc.clock()
    let before = await sender.client.traffic()
    let retriesBefore = sender.client.attempts.retries
    let sentBefore = sender.sentCount.withLock { $0 }
    let started = Double(Glibc.time(nil)) + Double(plan.warmupMicroseconds) / 1e6
    let feed = setup.feed(beside: plan)
    async let fed = feedReport(feed)
    let report = await LoadRun.run(plan, on: executor, tell: { live.tell($0) }) { await sender.send($0) }
    var run = BenchRun(report: report)
    run.feed = await fed
    run.feedBatch = feed?.batch ?? 0
    let seconds = max(1e-6, Double(start.microseconds(until: executor.clock.now())) / 1e6)
    run.cores = Double(Glibc.clock() - busyBefore) / Double(CLOCKS_PER_SEC) / seconds
    run.retryCount = sender.client.attempts.retries &- retriesBefore
    run.requestCount = UInt64(sender.sentCount.withLock { $0 } - sentBefore)
    run.started = started
    let after = await sender.client.traffic()
    run.traffic.rawBytesIn = after.rawBytesIn &- before.rawBytesIn
    run.traffic.rawBytesOut = after.rawBytesOut &- before.rawBytesOut
    run.traffic.wireBytesIn = after.wireBytesIn &- before.wireBytesIn
    run.traffic.wireBytesOut = after.wireBytesOut &- before.wireBytesOut
    return run
  }

  private func feedReport(_ feed: (plan: LoadPlan, batch: Int)?) async -> LoadReport? {
    guard let feed else { return nil }
    return await LoadRun.run(feed.plan, on: executor) { await sender.feed($0, items: feed.batch) }
  }
}
