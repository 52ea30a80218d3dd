import Arguments
import DataSets
import Vocabulary

/// The flags that say how a log is to be read, those of the tables beside it included.
enum LogFlags {
  static let columns = Flag.list(
    "columns", .string,
    "The columns of a log without a header, such as user,item,-,time; or those of the header that count, such as "
      + "user=customer,item=sku,query=typed.", group: "Files", placeholder: "COLUMN")
  static let timeUnit = Flag(
    "time-unit", .choice(["auto", "s", "ms", "us", "order"]),
    "The unit of times that are whole numbers; order: they only give the order of events.", group: "Files",
    default: "auto")
  static let timeFormat = Flag(
    "time-format", .string,
    "How dates look: dmy, mdy or ymd with any separator, or directives such as '%d.%m.%Y %H:%M'.", group: "Files",
    placeholder: "FORM")
  static let timeZone = Flag(
    "time-zone", .string, "The zone of times without a zone, such as +01:00 or Europe/Berlin.", group: "Files",
    default: "UTC", placeholder: "ZONE")
  static let event = Flag(
    "event", .choice(["view", "click", "cart", "purchase", "rating"]),
    "The kind of events without a kind in the log; without it ratings if they have values, else clicks.", group: "Files"
  )
  static let eventMap = Flag.list(
    "event-map", .string,
    "What the log's own words or codes of events mean, such as 1=click,4=purchase or fav=cart.", group: "Files",
    placeholder: "CODE=KIND")

  /// Those of the log alone, without how its table is written.
  private static let own: [any Argument] = [
    columns, TableFlags.delimiter, timeUnit, timeFormat, timeZone, event, eventMap,
  ]

  static let all: [any Argument] = own + EntityFlags.all

  /// The flags of a log without tables beside it.
  static let reading: [any Argument] = own + TableFlags.all

  /// How a log is to be read.
  static func log(_ session: Session) throws(Failure) -> EventReader.Options {
    var options = EventReader.Options()
    options.format = TableFlags.format(session)
    options.format.delimiter = session[TableFlags.delimiter]
    let columns = session[Self.columns]
    do throws(ColumnChoice.ChoiceError) {
      if !columns.isEmpty { options.columns = try ColumnChoice(columns) }
    } catch {
      throw session.usage(Self.columns, error.message)
    }
    options.times = try times(session)
    options.ignored = Set(session[TableFlags.ignore].map(\.exact))
    options.defaultKind = session[Self.event].flatMap { EventKind(word: $0) }
    options.eventMap = try eventMap(session)
    return options
  }

  /// What codes of events mean.
  private static func eventMap(_ session: Session) throws(Failure) -> [ExactText: EventKind] {
    var map: [ExactText: EventKind] = [:]
    for part in session[Self.eventMap] {
      guard let (code, word) = part.split(at: "="), !code.isEmpty, let kind = EventKind(word: word) else {
        throw session.usage(
          Self.eventMap, "has '\(part)', which is not such as 4=purchase, with view, click, cart, purchase or rating")
      }
      guard map.updateValue(kind, forKey: code.exact) == nil else {
        throw session.usage(Self.eventMap, "names \(code) twice")
      }
    }
    return map
  }

  /// How times are written.
  private static func times(_ session: Session) throws(Failure) -> TimeForm {
    var times = TimeForm()
    times.unit = Timestamp.Unit(rawValue: session[Self.timeUnit]) ?? .automatic
    if let text = session[Self.timeFormat] {
      guard let pattern = TimePattern(text) else {
        throw session.usage(Self.timeFormat, "is not dmy, mdy, ymd or directives such as '%d.%m.%Y %H:%M'")
      }
      guard times.unit == .automatic else { throw session.usage(Self.timeFormat, "does not go with --time-unit") }
      times.pattern = pattern
    }
    guard let zone = LocalZone(session[Self.timeZone]) else {
      throw session.usage(
        Self.timeZone, "is no offset such as +01:00, and no zone that this machine knows, such as Europe/Berlin")
    }
    times.zone = zone
    return times
  }
}
