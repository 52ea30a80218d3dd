import Foundation

/// A Swift file: its text, and its code alone with comments and string literals blanked out.
struct HouseSource {
  /// From the root of the repository on.
  let path: String
  let text: String
  /// The text with every byte of a comment or a string literal as a space; lines stay where they are.
  let code: String

  /// The folder below `Sources` or `Tests`.
  var room: String { path.components(separatedBy: "/").dropFirst().first ?? "" }

  init(path: String, text: String) {
    self.path = path
    self.text = text
    code = Self.code(of: text)
  }

  /// `path:line: text` of each match of a pattern in the code.
  func matches(_ pattern: String) throws -> [String] { try Self.matches(pattern, in: code, of: self) }

  /// `path:line: text` of each match of a pattern in the whole text.
  func textMatches(_ pattern: String) throws -> [String] { try Self.matches(pattern, in: text, of: self) }

  /// What the first group of a pattern matched in the code.
  func captures(_ pattern: String) throws -> [String] {
    let string = code as NSString
    return try NSRegularExpression(pattern: pattern, options: .anchorsMatchLines)
      .matches(in: code, range: NSRange(location: 0, length: string.length)).map {
        string.substring(with: $0.range(at: 1))
      }
  }

  private static func matches(_ pattern: String, in text: String, of source: HouseSource) throws -> [String] {
    let string = text as NSString
    return try NSRegularExpression(pattern: pattern, options: .anchorsMatchLines)
      .matches(in: text, range: NSRange(location: 0, length: string.length)).map {
        let line = string.substring(to: $0.range.location).utf8.count { $0 == UInt8(ascii: "\n") } + 1
        return "\(source.path):\(line): \(string.substring(with: $0.range).trimmingCharacters(in: .whitespaces))"
      }
  }

  private enum Place {
    /// Code, so many parentheses deep.
    case code(Int)
    case lineComment
    case blockComment(Int)
    /// A literal that ends with so many quotes and then so many number signs.
    case literal(quotes: Int, signs: Int)
  }

  private static func code(of text: String) -> String {
    var bytes = Array(text.utf8)
    let (quote, sign, newline, space) = (
      UInt8(ascii: "\""), UInt8(ascii: "#"), UInt8(ascii: "\n"), UInt8(ascii: " ")
    )
    var places: [Place] = [.code(0)]
    var index = 0
    func byte(_ offset: Int) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }
    func run(of wanted: UInt8, from offset: Int) -> Int {
      var count = 0
      while byte(offset + count) == wanted { count += 1 }
      return count
    }
    func blank(_ count: Int) {
      for _ in 0..<min(count, bytes.count - index) {
        if bytes[index] != newline { bytes[index] = space }
        index += 1
      }
    }
    while index < bytes.count {
      switch places[places.count - 1] {
      case .code(let depth):
        let signs = run(of: sign, from: 0)
        if byte(0) == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "/") {
          places.append(.lineComment)
        } else if byte(0) == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
          places.append(.blockComment(0))
        } else if byte(signs) == quote {
          let quotes = run(of: quote, from: signs) >= 3 ? 3 : 1
          places.append(.literal(quotes: quotes, signs: signs))
          blank(signs + quotes)
        } else if byte(0) == UInt8(ascii: "(") {
          places[places.count - 1] = .code(depth + 1)
          index += 1
        } else if byte(0) == UInt8(ascii: ")") {
          if depth == 0, places.count > 1 {
            places.removeLast()
            blank(1)
          } else {
            places[places.count - 1] = .code(depth - 1)
            index += 1
          }
        } else {
          index += 1
        }
      case .lineComment:
        if byte(0) == newline { places.removeLast() }
        blank(1)
      case .blockComment(let depth):
        if byte(0) == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
          places[places.count - 1] = .blockComment(depth + 1)
          blank(2)
        } else if byte(0) == UInt8(ascii: "*"), byte(1) == UInt8(ascii: "/") {
          if depth == 1 { places.removeLast() } else { places[places.count - 1] = .blockComment(depth - 1) }
          blank(2)
        } else {
          blank(1)
        }
      case .literal(let quotes, let signs):
        if byte(0) == UInt8(ascii: "\\"), run(of: sign, from: 1) >= signs {
          let isCode = byte(1 + signs) == UInt8(ascii: "(")
          blank(2 + signs)
          if isCode { places.append(.code(0)) }
        } else if run(of: quote, from: 0) >= quotes, run(of: sign, from: quotes) >= signs {
          places.removeLast()
          blank(quotes + signs)
        } else {
          blank(1)
        }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
