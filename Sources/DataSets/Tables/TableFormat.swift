/// The delimiter of a line's fields.
package enum Delimiter: String, Sendable, CaseIterable {
  case tab
  case doubleColon = "::"
  case semicolon = ";"
  case comma = ","
  case pipe = "|"
  case space

  var bytes: [UInt8] {
    switch self {
    case .tab: [0x09]
    case .space: [0x20]
    default: Array(rawValue.utf8)
    }
  }

  /// What a flag calls it.
  package var word: String {
    switch self {
    case .tab, .space, .doubleColon: rawValue
    case .semicolon: "semicolon"
    case .comma: "comma"
    case .pipe: "pipe"
    }
  }

  /// For people.
  var words: String {
    switch self {
    case .tab, .space: rawValue + "s"
    default: "'\(rawValue)'"
    }
  }

  /// Whether a field may stand in quotation marks, as RFC 4180 says; in the other formats a quotation mark is itself.
  var hasQuotes: Bool { self == .comma || self == .semicolon }
}

/// How a data file is written; what is left open is found out.
package struct TableFormat: Sendable {
  /// How text becomes bytes.
  package enum Encoding: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case latin1 = "latin-1"
  }

  /// `nil`: tab, `::`, `;`, `,` or `|`, whichever divides all lines alike.
  package var delimiter: Delimiter?
  /// `nil`: as the delimiter has it.
  package var hasQuotes: Bool?
  package var encoding = Encoding.utf8
  /// The columns of a file without a header; `nil`: the first line names them.
  package var columns: [String]?
  /// `nil`: a point; where `;` divides, the mark that the numbers of the table prove.
  package var decimal: DecimalMark?

  package init(
    delimiter: Delimiter? = nil, hasQuotes: Bool? = nil, encoding: Encoding = .utf8, columns: [String]? = nil,
    decimal: DecimalMark? = nil
  ) {
    self.delimiter = delimiter
    self.hasQuotes = hasQuotes
    self.encoding = encoding
    self.columns = columns
    self.decimal = decimal
  }
}
