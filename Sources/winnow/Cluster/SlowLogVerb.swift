import Arguments
import JSON
import Transport
import Vocabulary
import WinnowClient

/// `winnow log slow`: the queries that took long.
enum SlowLogVerb {
  private static let glanceMicroseconds: UInt64 = 1_000_000

  static let limit = Flag(
    "limit", .int(1...1000), "How many queries to show: the newest ones.", group: "What", default: "20")
  static let follow = Flag.switch("follow", "Show new queries as they come.", group: "What")

  static let verb = Verb(
    command: Command(
      name: "slow", summary: "Show the queries that took long, and where their time went",
      details: """
        The coordinator keeps the last 1,000 queries that took its --slow-query-threshold or longer; the newest is shown \
        last. With --follow, new queries are shown until the command is interrupted.
        """,
      flags: [limit, follow]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let (limit, follows) = (session[Self.limit], session[Self.follow])
    try await session.withClient { (client) throws(WinnowError) in
      let slow = try await client.slowQueries(limit: limit, timeout: session.timeout)
      if follows, session.isJSON {
        for query in slow.queries { StandardStreams.output(json(query).line + "\n") }
      } else {
        session.print(json(slow), human: text(slow, isFirst: true))
      }
      guard follows else { return }
      // An interrupt ends a call as well as a sleep.
      do throws(WinnowError) { try await follow(client, from: slow, session) } catch {
        guard Task.isCancelled else { throw error }
      }
    }
    return .ok
  }

  /// Shows what comes until the command is interrupted.
  private static func follow(
    _ client: WinnowClient, from first: SlowQueries, _ session: Session
  ) async throws(WinnowError) {
    var (total, after) = (first.total, first.queries.last?.number ?? 0)
    while !Task.isCancelled {
      await client.executor.sleep(until: client.executor.clock.now().advanced(microseconds: glanceMicroseconds))
      guard !Task.isCancelled else { return }
      var next = try await client.slowQueries(after: after, timeout: session.timeout)
      // A total below the last one is that of a coordinator that has started again.
      if next.total < total { next = try await client.slowQueries(timeout: session.timeout) }
      (total, after) = (next.total, next.queries.last?.number ?? min(after, next.total))
      guard !next.queries.isEmpty else { continue }
      if session.isJSON {
        for query in next.queries { StandardStreams.output(json(query).line + "\n") }
      } else {
        StandardStreams.output(text(next, isFirst: false))
      }
    }
  }

  private static func text(_ slow: SlowQueries, isFirst: Bool) -> String {
    guard slow.threshold > .zero else {
      return "nothing is kept: the coordinator runs with --slow-query-threshold 0s\n"
    }
    var table = Table([
      ("ago", .right), ("request", .left), ("took", .right), ("collection", .left), ("who", .left), ("k", .right),
      ("depth", .right), ("re-ranked", .right), ("coverage", .right), ("straggler", .left), ("most of it", .left),
      ("filter", .left),
    ])
    for query in slow.queries {
      table.add([
        Text.seconds(Double(query.age.wholeMicroseconds) / 1e6), Text.hexadecimal(query.requestID),
        Text.milliseconds(query.microseconds), query.collection, who(query), "\(query.k)",
        query.depthUsed > 0 && query.depthUsed < query.depth
          ? "\(query.depthUsed) of \(query.depth)" : "\(query.depth)",
        "\(query.reranked)", query.error ?? CoverageText.percent(query.coverage),
        query.straggler.map { "shard \($0.rawValue)" } ?? "–", longest(query.waterfall),
        query.filter.isEmpty ? "–" : query.filter.visible,
      ])
    }
    let rows = slow.queries.isEmpty ? [] : isFirst ? table.lines : Array(table.lines.dropFirst())
    let text = rows.map { $0 + "\n" }.joined()
    guard isFirst else { return text }
    let threshold = Text.milliseconds(slow.threshold.wholeMicroseconds)
    return "\(Text.grouped(slow.total)) queries took \(threshold) or longer since the coordinator started\n" + text
  }

  private static func who(_ query: SlowQueries.Query) -> String {
    query.user.map { "user \($0.rawValue)" } ?? query.querySource ?? "–"
  }

  /// The stretch that took longest, apart from round trips, which hold others.
  private static func longest(_ spans: [RankReport.Span]) -> String {
    let parts = spans.filter { $0.phase != "round trip" && $0.phase != "second search" }
    guard let longest = parts.max(by: { $0.durationMicroseconds < $1.durationMicroseconds }) else { return "–" }
    return "\(longest.phase) \(Text.milliseconds(longest.durationMicroseconds))"
  }

  private static func json(_ slow: SlowQueries) -> JSON {
    .object([
      ("threshold_us", .id(slow.threshold.wholeMicroseconds)), ("total", .id(slow.total)),
      ("queries", .list(slow.queries.map(json))),
    ])
  }

  private static func json(_ query: SlowQueries.Query) -> JSON {
    .object([
      ("number", .id(query.number)), ("age_us", .id(query.age.wholeMicroseconds)),
      ("request_id", .text(Text.hexadecimal(query.requestID))), ("duration_us", .int(query.microseconds)),
      ("error", query.error.map { .text($0) } ?? .null), ("query_source", query.querySource.map { .text($0) } ?? .null),
      ("user", query.user.map { .id($0) } ?? .null), ("collection", .text(query.collection)),
      ("k", .int(query.k)), ("depth", .int(query.depth)), ("depth_used", .int(query.depthUsed)),
      ("coverage", .number(Double(query.coverage) / 1_000_000)), ("candidates", .int(query.candidates)),
      ("reranked", .int(query.reranked)), ("reasks", .int(query.reasks)),
      ("straggler", query.straggler.map { .int(Int($0.rawValue)) } ?? .null),
      ("session_items", .int(query.sessionItemCount)), ("excluded", .int(query.excludedCount)),
      ("filter_bytes", .int(query.filterByteCount)), ("filter", .text(query.filter)),
      ("waterfall", .list(query.waterfall.map(AnswerJSON.json))),
    ])
  }
}
