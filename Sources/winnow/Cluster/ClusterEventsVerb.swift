import Arguments
import JSON
import Telemetry
import Vocabulary
import WinnowClient

/// `winnow cluster events`: what was done with the cluster, by which caller, and with which result.
enum ClusterEventsVerb {
  static let limit = Flag(
    "limit", .int(1...1000), "How many events to show: the newest ones.", group: "What", default: "50")
  static let since = Flag(
    "since", .duration(.seconds(1) ... .seconds(366 * 86_400)),
    "Only events of the last so long; without it of any time.",
    group: "What")

  static let verb = Verb(
    command: Command(
      name: "events", summary: "Show what was done with the cluster, and by which caller",
      details: """
        The coordinator keeps the last 1,000 events, through restarts: who changed collections, models, generations, \
        snapshots and shards, and what the cluster did by itself; the newest is shown last. The caller is what its \
        connection says of itself.
        """,
      flags: [since, limit]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let (limit, since) = (session[Self.limit], session[Self.since])
    let log = try await session.withClient { (client) throws(WinnowError) in
      try await client.clusterEvents(
        since: since.map { UInt32(clamping: $0.components.seconds) }, limit: limit, timeout: session.timeout)
    }
    session.print(json(log), human: text(log))
    return .ok
  }

  private static func text(_ log: ClusterEvents) -> String {
    guard !log.events.isEmpty else { return "there is no such event\n" }
    var table = Table(
      [("time", .left), ("what", .left), ("of", .left), ("outcome", .left), ("by", .left), ("more", .left)],
      widthMax: 80)
    for event in log.events {
      table.add([
        time(event.time), event.what, event.subject.isEmpty ? "–" : event.subject.visible,
        event.error ?? (event.caller == nil ? "–" : "done"), event.caller?.visible ?? "the cluster",
        event.detail.visible,
      ])
    }
    return table.text
  }

  static func time(_ microseconds: UInt64) -> String {
    Log.timeText(
      seconds: Int(clamping: microseconds / 1_000_000), milliseconds: Int(microseconds / 1000 % 1000))
  }

  private static func json(_ log: ClusterEvents) -> JSON {
    .object([("total", .id(log.total)), ("events", .list(log.events.map(json)))])
  }

  static func json(_ event: ClusterEvents.Event) -> JSON {
    .object([
      ("number", .id(event.number)), ("time_us", .id(event.time)), ("time", .text(time(event.time))),
      ("what", .text(event.what)), ("subject", .text(event.subject)),
      ("error", event.error.map { .text($0) } ?? .null), ("caller", event.caller.map { .text($0) } ?? .null),
      ("detail", .text(event.detail)),
    ])
  }
}
