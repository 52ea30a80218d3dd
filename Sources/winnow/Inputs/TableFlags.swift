import Arguments
import Training
import Vocabulary

/// The flags that say how a table is written, the same wherever one is read: imports and feeds.
enum TableFlags {
  static let delimiter = Flag(
    "delimiter", .choice(Delimiter.allCases.map(\.word)),
    "What divides the columns of the file that is named first; found out without it.", group: "Files")

  static let all = [
    Flag(
      "quotes", .choice(["auto", "on", "off"]), "Whether fields may stand in quotation marks; auto: with ',' and ';'.",
      group: "Files", default: "auto"),
    Flag("encoding", .choice(["utf-8", "latin-1"]), "How text becomes bytes.", group: "Files", default: "utf-8"),
    Flag(
      "decimal", .choice(DecimalMark.allCases.map(\.rawValue)),
      "What stands before the fraction of a number; without it a point, or what the numbers show where ';' divides.",
      group: "Files"),
    Flag("ignore", .string, "Columns to leave out.", group: "Files", occurrence: .list, placeholder: "COLUMN"),
    Flag(
      "set-divider", .string, "What divides the members of a keyword_set in a table.", group: "Files", default: "|",
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

  /// What divides the columns, if the flag says so.
  static func delimiter(_ session: Session) -> Delimiter? {
    let word = session.values.optional("delimiter", as: String.self)
    return Delimiter.allCases.first { $0.word == word }
  }

  /// What divides the members of a keyword set.
  static func setDivider(_ session: Session) throws(Failure) -> UInt8 {
    let divider = Array(session.values.value("set-divider", as: String.self).utf8)
    guard divider.count == 1, divider[0] < 0x80 else {
      throw session.usage("set-divider", "is not one ASCII character")
    }
    return divider[0]
  }
}
