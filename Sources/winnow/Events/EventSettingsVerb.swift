import Arguments
import JSON
import Vocabulary
import WinnowClient

/// `winnow event settings`: how a collection keeps the histories of its shoppers.
enum EventSettingsVerb {
  static let length = Flag(
    "length", .int(1...Int(HistorySettings.lengthMax)), "Events of one shopper that are kept.", placeholder: "N")
  static let keepDays = Flag(
    "keep-days", .int(1...Int(HistorySettings.keepDaysMax)), "Days after which an event goes.", placeholder: "N")
  static let perMinute = Flag(
    "per-minute-max", .int(1...Int(HistorySettings.eventsPerMinuteMaxMax)),
    "With more events within a minute a shopper counts as a program.", placeholder: "N")

  static let verb = Verb(
    command: Command(
      name: "settings", summary: "Show and change how events are kept",
      details: """
        Without flags it shows the settings. A shorter length cuts a history with its next event; what is answered is cut \
        at once.
        """, flags: [Session.collectionFlag, length, keepDays, perMinute]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let new = HistorySettings(
      length: UInt32(session[Self.length] ?? 0), keepDays: UInt32(session[Self.keepDays] ?? 0),
      eventsPerMinuteMax: UInt32(session[Self.perMinute] ?? 0))
    let all: HistorySettings? = try await session.withClient { (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      return try await client.keepHistories(of: collection, as: new, timeout: session.timeout)
    }
    guard let all else { throw session.needsCollection() }
    session.print(
      .object([
        ("length", .int(Int(all.length))), ("keep_days", .int(Int(all.keepDays))),
        ("per_minute_max", .int(Int(all.eventsPerMinuteMax))),
      ]),
      human: "histories keep \(all.length) events of a shopper for \(all.keepDays) days; "
        + "more than \(all.eventsPerMinuteMax) within a minute are those of a program\n")
    return .ok
  }
}
