import Arguments
import DataSets
import Glibc

/// The flags that say what stays of a log.
enum CleaningFlags {
  static let all = [
    Flag(
      "weights", .string, "How much events count, as KIND=NUMBER, KIND=value or KIND=NUMBER*value.", group: "Cleaning",
      default: EventWeights().text, occurrence: .list, placeholder: "KIND=WEIGHT"),
    Flag("min-value", .double, "Drop events of a lower value, such as ratings below 4.", group: "Cleaning"),
    Flag("min-user-events", .int(1...1_000_000), "Drop users with fewer events.", group: "Cleaning", default: "1"),
    Flag(
      "min-item-events", .int(1...1_000_000),
      "Drop items with fewer events; repeated with users until all have enough.",
      group: "Cleaning", default: "1"),
    Flag(
      "not-before", .string, "Earlier times are impossible: a day, a year or a time.", group: "Cleaning",
      default: "1990-01-01"),
    Flag("not-after", .string, "Later times are impossible; without it, a day from now.", group: "Cleaning"),
    Flag("keep-duplicates", .bool, "Keep repeats of the same user, item, event, value and time.", group: "Cleaning"),
    Flag(
      "bot-events-per-hour", .int(0...Int(Int32.max)),
      "Users with more events in an hour are dropped if they are as regular or as narrow as programs; 0 keeps all.",
      group: "Cleaning", default: "600"),
  ]

  /// The rules that the flags say.
  static func rules(_ session: Session) throws(Failure) -> CleaningRules {
    let values = session.values
    var rules = CleaningRules()
    rules.weights = try weights(session)
    rules.valueMin = values.optional("min-value", as: Double.self).map { Float($0) }
    rules.userEventsMin = values.value("min-user-events")
    rules.itemEventsMin = values.value("min-item-events")
    rules.keepsDuplicates = values.value("keep-duplicates")
    rules.timeMin = try time("not-before", session) ?? 0
    rules.timeMax = try time("not-after", session) ?? (Int64(Glibc.time(nil)) + 86_400) * 1000
    let perHour: Int = values.value("bot-events-per-hour")
    rules.bots?.eventsPerHourMax = perHour
    if perHour == 0 { rules.bots = nil }
    return rules
  }

  /// The weights of events alone.
  static func weights(_ session: Session) throws(Failure) -> EventWeights {
    guard let weights = EventWeights(session.values.all("weights", as: String.self)) else {
      throw session.usage("weights", "is not such as click=2, rating=value and purchase=3*value")
    }
    return weights
  }

  private static func time(_ name: String, _ session: Session) throws(Failure) -> Int64? {
    guard let text = session.values.optional(name, as: String.self) else { return nil }
    guard let time = Timestamp.moment(text) else {
      throw session.usage(name, "is no time such as 2026-01-31 or 2026-01-31T12:00:00Z")
    }
    return time
  }

  /// The moments that --not-before and --not-after were understood as.
  static func possibleTimes(_ rules: CleaningRules, _ log: EventLog) -> String {
    guard log.hasClock else { return "" }
    return "  times from \(Timestamp.text(rules.timeMin)) to \(Timestamp.text(rules.timeMax)) are possible\n"
  }
}
