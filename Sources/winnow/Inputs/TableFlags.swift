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
  static let setDivider = Flag(
    "set-divider", .string, "The delimiter of a keyword_set's members in a table.", group: "Files", default: "|",
    placeholder: "CHARACTER")

  static let all: [any Argument] =
    [quotes, encoding, decimal, ignore, setDivider]

  /// How a file is written.
  static func format(_ session: Session) -> TableFormat {
    let quotes = session[Self.quotes]
    return TableFormat(
      hasQuotes: quotes == "auto" ? nil : quotes == "on",
      encoding: TableFormat.Encoding(rawValue: session[Self.encoding]) ?? .utf8,
      decimal: session[Self.decimal])
  }

  /// The delimiter of a keyword set's members.
  static func setDivider(_ session: Session) throws(Failure) -> UInt8 {
    let divider = Array(session[Self.setDivider].utf8)
    guard divider.count == 1, divider[0] < 0x80 else {
      throw session.usage(Self.setDivider, "is not one ASCII character")
    }
    return divider[0]
  }
}
