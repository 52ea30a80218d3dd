import Vocabulary

/// Why a data file cannot be used: which file, where in it, what is wrong and what to do.
///
/// Never holds a value out of the file: an id of a shopper must not reach a log this way.
package struct DataError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of trouble; a closed set, so that tests and callers can tell them apart without reading text.
  package enum Kind: Sendable {
    case unreadable
    case gzip
    case empty
    case encoding
    case delimiter
    case header
    case column
    case lineTooLong
    case noRows
    case malformed
    case conflict
    case key
    case dictionary
  }

  package let file: String
  /// From 1; `nil` for the file itself.
  package let line: Int?
  /// A column or a field; empty if none is meant.
  package let field: String
  package let kind: Kind
  package let message: String
  /// Advice; empty if there is none.
  package let advice: String

  package init(
    _ file: String, line: Int? = nil, field: String = "", _ kind: Kind, _ message: String, advice: String = ""
  ) {
    self.file = file
    self.line = line
    self.field = field
    self.kind = kind
    self.message = message
    self.advice = advice
  }

  /// `FILE:LINE: FIELD: MESSAGE`, in one line.
  package var description: String {
    file.visible + (line.map { ":\($0)" } ?? "") + ": " + (field.isEmpty ? "" : "\(field): ") + message
  }
}
