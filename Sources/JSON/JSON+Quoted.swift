import Vocabulary

extension JSON {
  /// The characters of a text that are written as escapes, besides the quotation mark and the backslash.
  package struct Escapes: Sendable {
    /// The escapes that are letters; all others are numbers.
    private let letters: [Unicode.Scalar: String]
    private let isEscaped: @Sendable (Unicode.Scalar) -> Bool

    /// Everything that steers what shows it: for texts that people and programs read.
    package static let hidden = Escapes(letters: ["\n": "\\n", "\t": "\\t", "\r": "\\r"], isEscaped: \.isHidden)
    /// Those that JSON asks for, the common ones by their letters: for files, whose bytes stay.
    package static let file = Escapes(
      letters: ["\u{8}": "\\b", "\u{c}": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"], isEscaped: { $0 < " " })
    /// Those that JSON asks for, all by their numbers: for the rows of data sets, whose bytes stay.
    package static let row = Escapes(letters: [:], isEscaped: { $0 < " " })

    fileprivate func append(_ scalar: Unicode.Scalar, to text: inout String) {
      if scalar == "\"" || scalar == "\\" {
        text += "\\"
        text.unicodeScalars.append(scalar)
      } else if isEscaped(scalar) {
        text += letters[scalar] ?? scalar.escaped
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
  }

  /// A text between quotation marks.
  package static func quoted(_ value: String, _ escapes: Escapes = .hidden) -> String {
    var text = "\""
    for scalar in value.unicodeScalars { escapes.append(scalar, to: &text) }
    return text + "\""
  }
}
