import Arguments
import DataSets
import Vocabulary

/// The flags that say how a table is written, the same wherever one is read: imports and feeds.
enum TableFlags {
  static let delimiter = Flag(
    "delimiter", .choice(Delimiter.allCases, \.word),
    "The delimiter of the columns in the file of rows; detected without it.", group: "Files")

  static let quotes = Flag(
    "quotes", .choice(["auto", "on", "off"]), "Whether fields may stand in quotation marks; auto: with ',' and ';'.",
    group: "Files", default: "auto")
  static let encoding = Flag(
    "encoding", .choice(["utf-8", "latin-1"]), "The encoding of the text.", group: "Files", default: "utf-8")
  static let decimal = Flag(
    "decimal", .choice(of: DecimalMark.self),
    "The decimal mark; without it a point, or the mark that the numbers show where ';' is the delimiter.",
    group: "Files")
  static let ignore = Flag.list("ignore", .string, "Columns to leave out.", group: "Files", placeholder: "COLUMN")

  static let all: [any Argument] = [quotes, encoding, decimal, ignore]

  /// How a file is written.
  static func format(_ session: Session) -> TableFormat {
    let quotes = session[Self.quotes]
    return TableFormat(
      hasQuotes: quotes == "auto" ? nil : quotes == "on",
      encoding: TableFormat.Encoding(rawValue: session[Self.encoding]) ?? .utf8,
      decimal: session[Self.decimal])
  }
}
