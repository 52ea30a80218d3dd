import Arguments
import Training
import Vocabulary

/// The flags that say how a log and its tables are to be read.
enum LogFlags {
  static let all = [
    Flag("items", .file, "A table of items with their attributes.", group: "Files"),
    Flag("users", .file, "A table of users with their attributes.", group: "Files"),
    Flag(
      "columns", .string,
      "The columns of a log without a header, such as user,item,-,time; or those of the header that count, such as "
        + "user=customer,item=sku.", group: "Files", occurrence: .list, placeholder: "COLUMN"),
    Flag(
      "delimiter", .choice(["tab", "comma", "semicolon", "pipe", "::", "space"]),
      "What divides the columns; found out without it.", group: "Files"),
    Flag(
      "quotes", .choice(["auto", "on", "off"]), "Whether fields may stand in quotation marks; auto: with ',' and ';'.",
      group: "Files", default: "auto"),
    Flag("encoding", .choice(["utf-8", "latin-1"]), "How text becomes bytes.", group: "Files", default: "utf-8"),
    Flag(
      "time-unit", .choice(["auto", "s", "ms", "us", "order"]),
      "What whole numbers of time count; order: nothing, they only say what came first.", group: "Files",
      default: "auto"),
    Flag(
      "event", .choice(["view", "click", "cart", "purchase", "rating"]),
      "What events are where the log does not say; without it ratings if they have values, else clicks.",
      group: "Files"),
    Flag("item-id", .string, "The column of ids in the table of items.", group: "Files", placeholder: "COLUMN"),
    Flag("user-id", .string, "The column of ids in the table of users.", group: "Files", placeholder: "COLUMN"),
    Flag(
      "ignore", .string, "Columns of items or users to leave out.", group: "Files", occurrence: .list,
      placeholder: "COLUMN"),
    Flag(
      "types", .string, "Types of attributes, such as genres=keyword_set; others are found out.", group: "Files",
      occurrence: .list, placeholder: "NAME=TYPE"),
    Flag(
      "set-divider", .string, "What divides the members of a keyword_set in a table.", group: "Files", default: "|",
      placeholder: "CHARACTER"),
  ]

  /// How a log is to be read.
  static func log(_ session: Session) throws(Failure) -> EventReader.Options {
    let values = session.values
    var options = EventReader.Options()
    options.format = format(session)
    let columns = values.all("columns", as: String.self)
    do throws(ColumnChoice.ChoiceError) {
      if !columns.isEmpty { options.columns = try ColumnChoice(columns) }
    } catch {
      throw session.usage("columns", error.message)
    }
    options.timeUnit = Timestamp.Unit(rawValue: values.value("time-unit")) ?? .automatic
    options.defaultKind = values.optional("event", as: String.self).flatMap { EventKind(word: $0) }
    return options
  }

  /// The table of items or users that was named.
  static func table(_ name: String, _ session: Session) throws(Failure) -> EntityTable? {
    let values = session.values
    guard let path = values.optional(name, as: String.self) else { return nil }
    var options = EntityTable.Options()
    options.format.hasQuotes = format(session).hasQuotes
    options.format.encoding = format(session).encoding
    options.idColumn = values.optional(name == "items" ? "item-id" : "user-id")
    options.ignored = Set(values.all("ignore", as: String.self).map(\.exact))
    for part in values.all("types", as: String.self) {
      let sides = part.split(separator: "=", maxSplits: 1)
      guard sides.count == 2, let type = AttributeType(word: sides[1]) else {
        throw session.usage("types", "has '\(part)', which is not such as genres=keyword_set or price=float")
      }
      options.types[String(sides[0])] = type
    }
    let divider = Array(values.value("set-divider", as: String.self).utf8)
    guard divider.count == 1 else { throw session.usage("set-divider", "is not one ASCII character") }
    options.setDivider = divider[0]
    do throws(DataError) { return try EntityTable(InputFile(path), options) } catch { throw Failure(error) }
  }

  private static func format(_ session: Session) -> TableFormat {
    let delimiters: [String: Delimiter] = [
      "tab": .tab, "comma": .comma, "semicolon": .semicolon, "pipe": .pipe, "::": .doubleColon, "space": .space,
    ]
    let quotes: String = session.values.value("quotes")
    return TableFormat(
      delimiter: session.values.optional("delimiter", as: String.self).flatMap { delimiters[$0] },
      hasQuotes: quotes == "auto" ? nil : quotes == "on",
      encoding: TableFormat.Encoding(rawValue: session.values.value("encoding")) ?? .utf8)
  }
}
