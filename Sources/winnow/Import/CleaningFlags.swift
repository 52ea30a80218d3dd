import Arguments
import DataSets
import Glibc

/// The flags that say what stays of a log.
enum CleaningFlags {
  static let minValue = Flag(
    "min-value", .double, "Drop events of a lower value, such as ratings below 4.", group: "Cleaning")
  static let minUserEvents = Flag(
    "min-user-events", .int(1...1_000_000), "Drop users with fewer events.", group: "Cleaning", default: "1")
  static let minItemEvents = Flag(
    "min-item-events", .int(1...1_000_000), "Drop items with fewer events; repeated with users until all have enough.",
    group: "Cleaning", default: "1")
  static let notBefore = Flag(
    "not-before", .string, "Earlier times are impossible: a day, a year or a time.", group: "Cleaning",
    default: "1990-01-01")
  static let notAfter = Flag(
    "not-after", .string, "Later times are impossible; without it, a day from now.", group: "Cleaning")
  static let keepDuplicates = Flag.switch(
    "keep-duplicates", "Keep repeats of the same user, item, event, value and time.", group: "Cleaning")
  static let botEventsPerHour = Flag(
    "bot-events-per-hour", .int(0...Int(Int32.max)),
    "Users with more events in an hour are dropped if they are as regular or as narrow as programs; 0 keeps all.",
    group: "Cleaning", default: "600")

  static let all: [any Argument] =
    [
      Weights.flag, minValue, minUserEvents, minItemEvents, notBefore, notAfter, keepDuplicates, botEventsPerHour,
    ]

  /// The rules that the flags say.
  static func rules(_ session: Session) throws(Failure) -> CleaningRules {
    var rules = CleaningRules()
    rules.weights = try Weights.read(session)
    rules.valueMin = session[Self.minValue].map { Float($0) }
    rules.userEventsMin = session[Self.minUserEvents]
    rules.itemEventsMin = session[Self.minItemEvents]
    rules.keepsDuplicates = session[Self.keepDuplicates]
    rules.timeMin = try time(session[Self.notBefore], Self.notBefore, session) ?? 0
    rules.timeMax = try time(session[Self.notAfter], Self.notAfter, session) ?? (Int64(Glibc.time(nil)) + 86_400) * 1000
    let perHour = session[Self.botEventsPerHour]
    rules.bots?.eventsPerHourMax = perHour
    if perHour == 0 { rules.bots = nil }
    return rules
  }

  private static func time(
    _ text: String?, _ flag: some Argument, _ session: Session
  ) throws(Failure) -> Int64? {
    guard let text else { return nil }
    guard let time = Timestamp.moment(text) else {
      throw session.usage(flag, "is no time such as 2026-01-31 or 2026-01-31T12:00:00Z")
    }
    return time
  }

  /// The moments that --not-before and --not-after were understood as.
  static func possibleTimes(_ rules: CleaningRules, _ log: EventLog) -> String {
    guard log.hasClock else { return "" }
    return "  times from \(Timestamp.text(rules.timeMin)) to \(Timestamp.text(rules.timeMax)) are possible\n"
  }
}
