/// A fault of a row, in words that reports count by.
package struct RowFault: Error, Hashable, Sendable, Comparable {
  /// The reasons; a closed set.
  package enum Reason: String, Error, CaseIterable {
    case lineTooLong = "the line has more than 1 MiB"
    case fieldCount = "not as many fields as the table has columns"
    case quote = "a quotation mark that does not end, or something behind its end"
    case notJSON = "not a JSON object"
    case repeatedKey = "a key stands twice"
    case tooManyKeys = "more than 1,024 different keys in the file"
    case notUTF8 = "not UTF-8"
    case controlCharacter = "control characters"
    case missing = "missing"
    case tooLong = "more than 256 bytes"
    case queryTooLong = "more than 1,024 bytes"
    case notPlace = "no place: a whole number from 1 to 65,535, or 0 for none"
    case notNumber = "not a number"
    case notFinite = "not a finite number"
    case notTime = "not a time: seconds, milliseconds or microseconds since 1970, or 2026-01-31T12:59:00Z"
    case notPattern = "not a time of the form that --time-format says"
    case dayOrMonth = "a date that may begin with the day or with the month"
    case dayOrNumber = "a number that may be a day or a year, or seconds since 1970"
    case commaOrPoint = "a number with a comma or point that --decimal has to explain: comma or point"
    case nested = "an object or a list of lists, where a text or a number is needed"
    case unknownEvent = "none of view, click, cart, purchase and rating"
    case notWanted = "not of the type of the column"

    /// Advice for the case that all rows are like this.
    var advice: String {
      switch self {
      case .fieldCount, .quote: "--delimiter, --quotes and --columns say how to read the file"
      case .notUTF8: "--encoding latin-1 reads ISO 8859-1; iconv converts others"
      case .tooLong: "give shorter ids: a hash of them, or numbers"
      case .queryTooLong, .notPlace: "repair the column, or leave it out with --ignore"
      case .notNumber, .notFinite: "repair the column, or leave it out with --columns"
      case .notTime:
        "--columns says which column is the time, --time-unit what its numbers count, --time-format how dates look"
      case .notPattern: "give the --time-format that the file has: dmy, mdy, ymd or such as '%d.%m.%Y %H:%M'"
      case .dayOrMonth: "--time-format dmy, mdy or such as '%d.%m.%Y %H:%M' says which; --time-zone says of which zone"
      case .dayOrNumber: "--time-format ymd reads days, --time-unit s seconds"
      case .commaOrPoint: "--decimal comma or --decimal point says which"
      case .nested: "leave the column out with --columns"
      case .unknownEvent:
        "--event-map CODE=KIND says what they mean; or leave the column out with --columns and say --event"
      case .missing: "--columns says which column is which"
      case .repeatedKey: "what a key that stands twice means is not known: write it once"
      case .lineTooLong, .notJSON, .tooManyKeys, .controlCharacter, .notWanted:
        "is it the right file? a table with a header or JSON Lines is needed, one row a line"
      }
    }
  }

  package let reason: Reason
  /// The column; empty for the whole row.
  package let field: String

  package init(_ reason: Reason, _ field: String = "") {
    self.reason = reason
    self.field = field
  }

  /// For people.
  package var text: String { (field.isEmpty ? "" : "\(field): ") + reason.rawValue }

  package static func < (a: RowFault, b: RowFault) -> Bool {
    (a.reason.rawValue, a.field) < (b.reason.rawValue, b.field)
  }
}
