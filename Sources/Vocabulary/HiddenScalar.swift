extension Unicode.Scalar {
  /// Whether a text with it steers what shows it or looks like another text: control characters, ends of lines,
  /// characters that turn the direction of a text, and those that take no place.
  package var isHidden: Bool {
    if (0x20...0x7E).contains(value) { return false }
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return true
    default: break
    }
    // The selectors choose between two pictures of the character before them.
    if (0xFE00...0xFE0F).contains(value) { return false }
    return properties.isDefaultIgnorableCodePoint || (0xFFF9...0xFFFB).contains(value)
  }

  /// The scalar as JSON and logs write what is not to be seen: `\u` and four hexadecimal digits, beyond U+FFFF twice.
  package var escaped: String {
    String(self).utf16.map { unit in
      let digits = String(unit, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }.joined()
  }

  /// The replacement of a hidden scalar where people read: a picture of a control character, else `�`. One column wide.
  fileprivate var picture: Unicode.Scalar {
    let picture: UInt32 =
      switch value {
      case 0x00...0x1F: 0x2400 + value
      case 0x7F: 0x2421
      default: 0xFFFD
      }
    return Unicode.Scalar(picture) ?? "\u{FFFD}"
  }
}

extension String {
  /// The text for people, in one line: each hidden scalar is replaced by one that can be seen.
  package var visible: String { replacingHidden { _ in false } }

  /// The same for a text of several lines: line feeds and tabs stay.
  package var visibleLines: String { replacingHidden { $0 == "\n" || $0 == "\t" } }

  /// For JSON from any writer: the same JSON that steers nothing. Outside of its strings hidden scalars are blanks
  /// between tokens, which stay, and within them they can be written as numbers.
  package var visibleJSON: String {
    guard hasHidden else { return self }
    return unicodeScalars.map { scalar in
      scalar.isHidden && scalar != "\n" && scalar != "\t" && scalar != "\r" ? scalar.escaped : String(scalar)
    }.joined()
  }

  private var hasHidden: Bool {
    !utf8.allSatisfy { (0x20...0x7E).contains($0) } && unicodeScalars.contains(where: \.isHidden)
  }

  private func replacingHidden(except stays: (Unicode.Scalar) -> Bool) -> String {
    guard hasHidden else { return self }
    var text = ""
    text.unicodeScalars.append(
      contentsOf: unicodeScalars.map { $0.isHidden && !stays($0) ? $0.picture : $0 })
    return text
  }
}
