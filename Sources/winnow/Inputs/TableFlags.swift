import Arguments
import DataSets
import Vocabulary

/// The flags that say how a table is written, the same wherever one is read: imports and feeds.
enum TableFlags {
  static let delimiter = Flag(
    "delimiter", .choice(Delimiter.allCases.map(\.word)),
    "The delimiter of the columns in the file of rows; detected without it.", group: "Files")

  static let all = [
    Flag(
      "quotes", .choice(["auto", "on", "off"]), "Whether fields may stand in quotation marks; auto: with ',' and ';'.",
      group: "Files", default: "auto"),
    Flag("encoding", .choice(["utf-8", "latin-1"]), "The encoding of the text.", group: "Files", default: "utf-8"),
    Flag(
      "decimal", .choice(DecimalMark.allCases.map(\.rawValue)),
      "The decimal mark; without it a point, or the mark that the numbers show where ';' is the delimiter.",
      group: "Files"),
    Flag("ignore", .string, "Columns to leave out.", group: "Files", occurrence: .list, placeholder: "COLUMN"),
    Flag(
      "set-divider", .string, "The delimiter of a keyword_set's members in a table.", group: "Files", default: "|",
      placeholder: "CHARACTER"),
  ]

  /// How a file is written.
  static func format(_ session: Session) -> TableFormat {
    let quotes: String = session.values.value("quotes")
    return TableFormat(
      hasQuotes: quotes == "auto" ? nil : quotes == "on",
      encoding: TableFormat.Encoding(rawValue: session.values.value("encoding")) ?? .utf8,
      decimal: session.values.optional("decimal", as: String.self).flatMap { DecimalMark(rawValue: $0) })
  }

  /// The delimiter of the columns, if the flag says it.
  static func delimiter(_ session: Session) -> Delimiter? {
    let word = session.values.optional("delimiter", as: String.self)
    return Delimiter.allCases.first { $0.word == word }
  }

  /// The delimiter of a keyword set's members.
  static func setDivider(_ session: Session) throws(Failure) -> UInt8 {
    let divider = Array(session.values.value("set-divider", as: String.self).utf8)
    guard divider.count == 1, divider[0] < 0x80 else {
      throw session.usage("set-divider", "is not one ASCII character")
    }
    return divider[0]
  }
}
