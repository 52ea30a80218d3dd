import Arguments
import Training
import Vocabulary

/// The flags that say how a table is written, the same wherever one is read: imports and feeds.
enum TableFlags {
  static let all = [
    Flag(
      "delimiter", .choice(["tab", "comma", "semicolon", "pipe", "::", "space"]),
      "The delimiter of the columns; detected without it.", group: "Files"),
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
    let delimiters: [String: Delimiter] = [
      "tab": .tab, "comma": .comma, "semicolon": .semicolon, "pipe": .pipe, "::": .doubleColon, "space": .space,
    ]
    let quotes: String = session.values.value("quotes")
    return TableFormat(
      delimiter: session.values.optional("delimiter", as: String.self).flatMap { delimiters[$0] },
      hasQuotes: quotes == "auto" ? nil : quotes == "on",
      encoding: TableFormat.Encoding(rawValue: session.values.value("encoding")) ?? .utf8,
      decimal: session.values.optional("decimal", as: String.self).flatMap { DecimalMark(rawValue: $0) })
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
