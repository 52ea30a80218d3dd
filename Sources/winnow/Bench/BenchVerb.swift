import Arguments
import Glibc
import JSON
import LoadClient
import SocketTransport
import Transport
import Vocabulary
import WinnowClient

/// `winnow bench`: latency under a load that does not wait for the server, or what throughput is possible.
enum BenchVerb {
  static let verb = Verb(
    command: Command(
      name: "bench", summary: "Measure latency or throughput under load",
      details: """
        With --rate, requests are sent when they are due, even if the server is slow, and latency counts from that moment; \
        beside it stands the latency from the actual send. With --concurrency, each answer makes room for the next request: \
        that measures throughput only. Percentiles are not shown if more than 1 % of the requests were sent late, by over \
        a millisecond or 2 % of the shortest latency of --slo, whichever is more, or not at all. Exit code 4: --slo does not hold, or worse than \
        --compare; 1: requests failed though no bound on errors allows it, or percentiles are not shown. With \
        --concurrency OVERLOADED is no failure: the caller waits as long as it says and asks again.
        """, flags: BenchFlags.all), run: run, finishesWhenInterrupted: true)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let serviceLevel = try BenchFlags.serviceLevel(session)
    try BenchFlags.refuseUseless(session, serviceLevel)
    let page = try OutputFile.of(BenchFlags.html, .page, session)
    let log = try OutputFile.of(BenchFlags.hdr, .histogramLog, session)
    let files = session[BenchFlags.merge]
    let result: BenchResult
    if files.isEmpty {
      result = try await measured(session, serviceLevel)
    } else {
      var results: [BenchResult] = []
      for file in files { results.append(try BenchResult(reading: file)) }
      guard let merged = BenchResult(merging: results, serviceLevel: serviceLevel) else {
        throw session.usage(BenchFlags.merge, "takes results of the same number of runs")
      }
      result = merged
    }
    let code = try report(result, session, serviceLevel)
    try page?.finish(Array(BenchPage(result).html.utf8))
    if let run = result.runs.last {
      try log?.finish(Array(HdrLog.text(run.report, startSeconds: run.started).utf8))
    }
    return code
  }

  /// Makes the load.
  private static func measured(
    _ session: Session, _ serviceLevel: ServiceLevel?
  ) async throws(Failure) -> BenchResult {
    let setup = try BenchSetup(session, serviceLevel, try await OwnIDs(session))
    let executor: EventLoop
    do throws(NetworkError) { executor = try EventLoopGroup(loopCount: 1).next() } catch {
      throw Failure(.failed, "no event loop: \(error)")
    }
    let live = BenchLive()
    defer { live.finish() }
    let result: Result<BenchResult, Failure>? = try await session.withClient(
      connections: session[BenchFlags.connections], filter: setup.workload.template.filter
    ) { (client) throws(WinnowError) in
      guard let name = try await session.collection(client) else { return nil }
      switch try await setup.sender(client, name) {
      case .failure(let failure): return .failure(failure)
      case .success(let sender):
        let result = await BenchLoad(sender: sender, executor: executor, live: live, setup: setup).result(serviceLevel)
        // An interrupt cancels this task, and what was written is to be removed all the same.
        if !setup.keeps { await Task(executorPreference: executor) { await sender.cleanUp() }.value }
        return .success(result)
      }
    }
    guard let result else { throw session.needsCollection() }
    return try result.get()
  }

  /// Prints what was found.
  private static func report(
    _ result: BenchResult, _ session: Session, _ serviceLevel: ServiceLevel?
  ) throws(Failure) -> ExitCode {
    var comparison: LoadComparison?
    if let path = session[BenchFlags.compare] {
      let before = try BenchResult(reading: path)
      if let now = result.runs.last, let old = before.runs.last {
        comparison = LoadComparison(now.report, with: old.report)
      }
    }
    let isJSON = session.isJSON
    let compared = comparison.map(BenchResult.text) ?? ""
    StandardStreams.output(isJSON ? result.json.text + "\n" : result.text + compared)
    if isJSON { StandardStreams.error(compared) }
    return code(result, serviceLevel, comparison)
  }

  private static func code(
    _ result: BenchResult, _ serviceLevel: ServiceLevel?, _ comparison: LoadComparison?
  ) -> ExitCode {
    if Task.isCancelled { return .interrupted }
    let reports = result.runs.map(\.report)
    if reports.allSatisfy({ $0.answerCount == 0 }) { return .unreachable }
    if let maximum = result.maximum { return maximum.best == nil ? .thresholdMissed : .ok }
    if result.breaches.contains(where: { !$0.isEmpty }) { return .thresholdMissed }
    if comparison?.rows.contains(where: { $0.verdict == .worse }) ?? false { return .thresholdMissed }
    let allowsErrors = serviceLevel?.bounds.contains { $0.measure == .errors } ?? false
    let hasFailed = (reports + result.runs.compactMap(\.feed)).contains { report in
      (report.failedCount > 0 && !allowsErrors) || report.quality.wrongCount > 0
    }
    if reports.contains(where: { $0.plan.isOpen && !$0.isOnTime }) { return .failed }
    return hasFailed ? .failed : .ok
  }
}
