import Vocabulary

/// Takes the words, signs and literals of a filter from its UTF-8 bytes; every `take` skips white space first.
struct FilterScanner {
  private let bytes: [UInt8]
  private var position = 0

  private static let reservedWords = ["and", "or", "not", "in", "has", "true", "false"]

  /// Whether a word stands for itself only between quotation marks: a word of the language, or `null` in any case,
  /// which would look for a keyword of that name where a missing value is meant.
  static func isReserved(_ word: String) -> Bool {
    reservedWords.contains(word) || word.utf8.count == 4 && word.lowercased() == "null"
  }

  /// Whether a keyword may stand without quotation marks: a word that begins with a letter or `_` and is not reserved.
  static func isBareKeyword(_ keyword: String) -> Bool {
    guard let first = keyword.utf8.first, !first.isDigit, first != UInt8(ascii: "-") else { return false }
    return keyword.utf8.allSatisfy(\.isWord) && !isReserved(keyword)
  }

  init(_ text: String) { bytes = Array(text.utf8) }

  /// Where the next token begins, 1-based, in UTF-8 bytes.
  var column: Int { column(at: nextToken) }

  /// Whether only white space is left.
  var isAtEnd: Bool { nextToken == bytes.count }

  /// Whether the next token can only be a number.
  var isAtNumber: Bool {
    let byte = self.byte(nextToken)
    return byte == UInt8(ascii: "-") || byte.isDigit
  }

  /// An error that says what should have stood here, and how it is written if something like it stands here.
  func expected(_ what: String, isBehindValue: Bool = false) -> FilterError {
    let rest = bytes[nextToken...]
    let hint = isBehindValue ? FilterHint.textBehindValue(rest) : FilterHint.text(rest)
    return FilterError(
      .unexpected, column: column,
      "expected \(what)" + (isAtEnd ? ", found the end" : "") + (hint.isEmpty ? "" : "; \(hint)"))
  }

  /// Takes a sign if it comes next.
  mutating func take(_ sign: StaticString) -> Bool {
    let start = nextToken
    let text = sign.description.utf8
    guard bytes[start...].starts(with: text) else { return false }
    position = start + text.count
    return true
  }

  /// Takes a reserved word if it comes next and ends there.
  mutating func take(word: StaticString) -> Bool {
    let before = position
    guard take(word) else { return false }
    if byte(position).isWord { position = before }
    return position != before
  }

  /// Takes the longest operator that comes next.
  mutating func comparisonOperator() -> ComparisonOperator? {
    if take("=") { return .equal }
    if take("!=") { return .notEqual }
    if take("<=") { return .lessOrEqual }
    if take("<") { return .less }
    if take(">=") { return .greaterOrEqual }
    if take(">") { return .greater }
    return nil
  }

  /// Takes an attribute's name: a bare word that is not reserved, or a name in quotation marks.
  mutating func attribute() throws(FilterError) -> Filter.Attribute {
    let start = nextToken
    let column = column(at: start)
    let name: String
    if byte(start) == UInt8(ascii: "\"") {
      name = try string()
    } else {
      name = word()
      guard !name.isEmpty else { throw expected("an attribute, 'has', 'not' or '('") }
      guard !Self.isReserved(name) else {
        throw FilterError(
          .unexpected, column: column, "expected an attribute; a reserved word as a name needs quotation marks")
      }
    }
    guard isName(name) else {
      let hint = byte(start) == UInt8(ascii: "\"") ? "" : FilterHint.text(bytes[start...])
      throw FilterError(
        .badName, column: column,
        "\(FilterError.quoted(name)) is no name: names consist of a-z, 0-9, '_' and '-'"
          + (hint.isEmpty ? "" : "; \(hint)"))
    }
    return Filter.Attribute(name, column: column)
  }

  /// Takes a literal: a number, a bool, a string or a bare keyword.
  mutating func value() throws(FilterError) -> FilterValue {
    let start = nextToken
    if byte(start) == UInt8(ascii: "\"") { return .keyword(try string()) }
    if isAtNumber { return .number(try number()) }
    let word = word()
    guard !word.isEmpty else {
      throw byte(start) < 0x80 ? expected("a value") : unquoted(start)
    }
    switch word {
    case "true": return .bool(true)
    case "false": return .bool(false)
    default:
      guard !Self.isReserved(word) else {
        let isNull = word.lowercased() == "null"
        throw FilterError(
          .unexpected, column: column(at: start),
          isNull
            ? "expected a value; \(FilterHint.presence); the keyword needs quotation marks"
            : "expected a value; a reserved word as one needs quotation marks")
      }
      return .keyword(word)
    }
  }

  /// A value that begins with a letter beyond ASCII, or with a sign that looks like one of the language.
  private func unquoted(_ start: Int) -> FilterError {
    let hint = FilterHint.text(bytes[start...])
    return FilterError(
      .unexpected, column: column(at: start),
      "expected a value; " + (hint.isEmpty ? "one with other letters than a-z needs double quotation marks" : hint))
  }

  /// Takes a number: an integer if it has neither fraction nor exponent, else a float64.
  mutating func number() throws(FilterError) -> Number {
    let start = nextToken
    var end = start
    if byte(end) == UInt8(ascii: "-") { end += 1 }
    let whole = skipDigits(&end)
    var isInteger = true
    var isComplete = whole
    if byte(end) == UInt8(ascii: "."), byte(end + 1) != UInt8(ascii: ".") {
      isInteger = false
      end += 1
      isComplete = skipDigits(&end) && isComplete
    }
    if byte(end) == UInt8(ascii: "e") || byte(end) == UInt8(ascii: "E") {
      isInteger = false
      end += 1
      if byte(end) == UInt8(ascii: "+") || byte(end) == UInt8(ascii: "-") { end += 1 }
      isComplete = skipDigits(&end) && isComplete
    }
    guard isComplete, !byte(end).isWord else {
      throw FilterError(
        .badNumber, column: column(at: start), "not a number; a keyword that begins like one needs quotation marks")
    }
    position = end
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    if isInteger {
      if let value = Int64(text) { return .int(value) }
    } else if let value = Double(text), value.isFinite {
      return .float(value)
    }
    throw FilterError(.badNumber, column: column(at: start), "the number is out of range")
  }

  /// Takes a string in quotation marks and resolves its escapes.
  private mutating func string() throws(FilterError) -> String {
    let start = nextToken
    var at = start + 1
    var content: [UInt8] = []
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "\""):
        position = at + 1
        return String(decoding: content, as: UTF8.self)
      case UInt8(ascii: "\\"):
        content.append(contentsOf: String(try escape(&at)).utf8)
      case 0..<0x20, 0x7f:
        throw FilterError(.badString, column: column(at: at), "a control character in a string needs an escape")
      case let byte:
        content.append(byte)
        at += 1
      }
    }
    throw FilterError(.badString, column: column(at: start), "the string does not end")
  }

  /// The scalar of the escape at `at`, which moves behind it.
  private func escape(_ at: inout Int) throws(FilterError) -> Unicode.Scalar {
    let start = at
    at += 2
    switch byte(start + 1) {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let digits = bytes[min(at + 1, bytes.count)...].prefix { $0.isHexDigit }
      let end = digits.endIndex
      if byte(at) == UInt8(ascii: "{"), (1...6).contains(digits.count), byte(end) == UInt8(ascii: "}"),
        let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16), let scalar = Unicode.Scalar(code)
      {
        at = end + 1
        return scalar
      }
    default: break
    }
    throw FilterError(
      .badString, column: column(at: start), #"unknown escape: write \", \\, \n, \r, \t or \u{…} in hexadecimal"#)
  }

  /// Takes the longest run of word bytes; empty if there is none.
  private mutating func word() -> String {
    let start = nextToken
    let run = bytes[start...].prefix { $0.isWord }
    position = run.endIndex
    return String(decoding: run, as: UTF8.self)
  }

  /// The index of the first byte that is not white space.
  private var nextToken: Int {
    var index = position
    while [0x20, 0x09, 0x0a, 0x0d].contains(byte(index)) { index += 1 }
    return index
  }

  /// The byte at an index; 0, which no token has, behind the end.
  private func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

  /// Moves behind digits; whether there was one.
  private func skipDigits(_ index: inout Int) -> Bool {
    let start = index
    while byte(index).isDigit { index += 1 }
    return index > start
  }

  private func column(at index: Int) -> Int { index + 1 }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  fileprivate var isHexDigit: Bool { isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20) }

  /// Whether the byte can stand in a bare word.
  var isWord: Bool {
    isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
      || self == UInt8(ascii: "_") || self == UInt8(ascii: "-")
  }
}
