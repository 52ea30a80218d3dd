import Arguments
import DataSets
import Vocabulary

/// The flags that say how a log and its tables are to be read.
enum LogFlags {
  static let all =
    [
      Flag(
        "columns", .string,
        "The columns of a log without a header, such as user,item,-,time; or those of the header that count, such as "
          + "user=customer,item=sku.", group: "Files", occurrence: .list, placeholder: "COLUMN"),
      TableFlags.delimiter,
      Flag(
        "time-unit", .choice(["auto", "s", "ms", "us", "order"]),
        "The unit of times that are whole numbers; order: they only give the order of events.", group: "Files",
        default: "auto"),
      Flag(
        "time-format", .string,
        "How dates look: dmy, mdy or ymd with any separator, or directives such as '%d.%m.%Y %H:%M'.",
        group: "Files", placeholder: "FORM"),
      Flag(
        "time-zone", .string, "The zone of times without a zone, such as +01:00 or Europe/Berlin.", group: "Files",
        default: "UTC", placeholder: "ZONE"),
      Flag(
        "event", .choice(["view", "click", "cart", "purchase", "rating"]),
        "The kind of events without a kind in the log; without it ratings if they have values, else clicks.",
        group: "Files"),
    ] + ofTables

  /// The flags of the tables beside a log.
  static let ofTables =
    [
      Flag("items", .file, "A table of items with their attributes.", group: "Files"),
      Flag("users", .file, "A table of users with their attributes.", group: "Files"),
      Flag("item-id", .string, "The column of ids in the table of items.", group: "Files", placeholder: "COLUMN"),
      Flag("user-id", .string, "The column of ids in the table of users.", group: "Files", placeholder: "COLUMN"),
      Flag(
        "type", .string, "Types of attributes, such as genres=keyword_set; others are detected.", group: "Files",
        occurrence: .list, placeholder: "NAME=TYPE"),
    ] + TableFlags.all

  /// How a log is to be read.
  static func log(_ session: Session) throws(Failure) -> EventReader.Options {
    let values = session.values
    var options = EventReader.Options()
    options.format = TableFlags.format(session)
    options.format.delimiter = TableFlags.delimiter(session)
    let columns = values.all("columns", as: String.self)
    do throws(ColumnChoice.ChoiceError) {
      if !columns.isEmpty { options.columns = try ColumnChoice(columns) }
    } catch {
      throw session.usage("columns", error.message)
    }
    options.times = try times(session)
    options.ignored = Set(values.all("ignore", as: String.self).map(\.exact))
    options.defaultKind = values.optional("event", as: String.self).flatMap { EventKind(word: $0) }
    return options
  }

  /// How times are written.
  private static func times(_ session: Session) throws(Failure) -> TimeForm {
    var times = TimeForm()
    times.unit = Timestamp.Unit(rawValue: session.values.value("time-unit")) ?? .automatic
    if let text = session.values.optional("time-format", as: String.self) {
      guard let pattern = TimePattern(text) else {
        throw session.usage("time-format", "is not dmy, mdy, ymd or directives such as '%d.%m.%Y %H:%M'")
      }
      guard times.unit == .automatic else { throw session.usage("time-format", "does not go with --time-unit") }
      times.pattern = pattern
    }
    guard let zone = LocalZone(session.values.value("time-zone")) else {
      throw session.usage(
        "time-zone", "is no offset such as +01:00, and no zone that this machine knows, such as Europe/Berlin")
    }
    times.zone = zone
    return times
  }

  /// The tables of items and users that were named.
  static func tables(_ session: Session) throws(Failure) -> (items: EntityTable?, users: EntityTable?) {
    let types = try types(session)
    let (items, users) = (try table("items", types, session), try table("users", types, session))
    let names = [items, users].compactMap { $0 }.flatMap { $0.definitions.map(\.name) }
    if let stranger = types.keys.filter({ !names.contains($0) }).min() {
      throw session.usage("type", "names \(stranger), which no table has; there are: \(names.joined(separator: ", "))")
    }
    return (items, users)
  }

  private static func types(_ session: Session) throws(Failure) -> [String: AttributeType] {
    var types: [String: AttributeType] = [:]
    for part in session.values.all("type", as: String.self) {
      guard let (name, word) = part.split(at: "="), let type = AttributeType(word: word) else {
        throw session.usage("type", "has '\(part)', which is not such as genres=keyword_set or price=float")
      }
      guard types.updateValue(type, forKey: name) == nil else { throw session.usage("type", "names \(name) twice") }
    }
    return types
  }

  private static func table(
    _ name: String, _ types: [String: AttributeType], _ session: Session
  ) throws(Failure) -> EntityTable? {
    let values = session.values
    guard let path = values.optional(name, as: String.self) else { return nil }
    var options = EntityTable.Options()
    // The tables beside the log may have another delimiter.
    options.format = TableFlags.format(session)
    options.role = name == "items" ? .item : .user
    options.idColumn = values.optional(name == "items" ? "item-id" : "user-id")
    options.ignored = Set(values.all("ignore", as: String.self).map(\.exact))
    options.types = types
    options.setDivider = try TableFlags.setDivider(session)
    do throws(DataError) { return try EntityTable(InputFile(path), options) } catch { throw Failure(error) }
  }
}
