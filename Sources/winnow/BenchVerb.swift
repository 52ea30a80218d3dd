import Arguments
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
        With --rate, queries are sent when they are due, whatever the server does, and latency counts from that moment. \
        With --concurrency, each answer makes room for the next query: that measures throughput only. Percentiles are \
        not shown if more than 1 % of the queries were sent over a millisecond late.
        """,
      flags: [
        Session.collectionFlag,
        Flag("rate", .double(0.1...1_000_000), "Queries per second.", group: "Load", default: "100"),
        Flag(
          "concurrency", .int(1...10_000), "Queries always in flight, in place of a rate; throughput only.",
          group: "Load"),
        Flag(
          "arrivals", .choice(ArrivalSchedule.Kind.allCases.map(\.rawValue)), "How queries are spread over time.",
          group: "Load", default: "constant"),
        Flag(
          "duration", .duration(.milliseconds(1) ... .seconds(86_400)), "How long to measure.", group: "Load",
          default: "10s"),
        Flag(
          "warmup", .duration(.zero ... .seconds(3600)), "How long to send before that, uncounted.", group: "Load",
          default: "2s"),
        Flag("connections", .int(1...256), "Connections to the coordinator.", group: "Load", default: "2"),
        Flag("seed", .int(0...Int.max), "Draws arrivals and shoppers.", group: "Load", default: "1"),
        Flag(
          "users", .string, "Shoppers to draw from, by id.", group: "Queries", default: "1-1000",
          placeholder: "FIRST-LAST"),
        Flag(
          "queries", .file, "Queries to send in turn, as JSON lines with user, session, vector, filter, exclude.",
          group: "Queries"),
        Flag("k", .int(1...Limits.kMax), "Results wanted.", group: "Queries", default: "10"),
        Flag("depth", .int(1...Limits.depthMax), "Candidates to re-rank.", group: "Queries", default: "200"),
        Flag("filter", .string, "Only items for which this holds.", group: "Queries", placeholder: "EXPRESSION"),
        Flag("json", .bool, "The same as --format json."),
      ]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let values = session.values
    let queries = try BenchQueries(session)
    let mode: LoadPlan.Mode =
      if let concurrency = values.optional("concurrency", as: Int.self) {
        .closed(concurrency: concurrency)
      } else {
        .open(
          rate: values.value("rate"), arrivals: ArrivalSchedule.Kind(rawValue: values.value("arrivals")) ?? .constant)
      }
    let plan = LoadPlan(
      mode: mode, warmupMicroseconds: values.value("warmup", as: Duration.self).wholeMicroseconds,
      durationMicroseconds: values.value("duration", as: Duration.self).wholeMicroseconds,
      seed: UInt64(values.value("seed", as: Int.self)))
    let executor: EventLoop
    do throws(NetworkError) { executor = try EventLoopGroup(loopCount: 1).next() } catch {
      throw Failure(.failed, "no event loop: \(error)")
    }
    let result: BenchResult? = try await session.withClient(connections: values.value("connections")) {
      (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      // One query first: a mistake is told as what it is and not as a count.
      _ = try await client.rank(queries.query(0, in: collection))
      let before = await client.traffic()
      let sent = Lock(0)
      let report = await LoadRun.run(plan, on: executor) { index in
        sent.withLock { $0 += 1 }
        return await sample(client, queries.query(index, in: collection))
      }
      let after = await client.traffic()
      return BenchResult(report: report, before: before, after: after, sentCount: sent.withLock { $0 })
    }
    guard let result else { throw session.needsCollection() }
    if Task.isCancelled { return .interrupted }
    StandardStreams.output(
      session.isJSON || values.value("json", as: Bool.self) ? result.json.text + "\n" : result.text)
    if result.report.answerCount == 0 { return .unreachable }
    return result.report.isOnTime || !result.report.isOpen ? .ok : .failed
  }

  private static func sample(_ client: WinnowClient, _ query: RankQuery) async -> LoadSample {
    do throws(WinnowError) {
      let report = try await client.rank(query).report
      return .answered(isCovered: report.isComplete, isReranked: report.reranked == report.candidates)
    } catch {
      return .failed(error.name)
    }
  }
}
