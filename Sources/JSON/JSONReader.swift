import Bytes
import Vocabulary

/// Reads one JSON text as RFC 8259 has it and nothing beside: what another reader might understand in another way is
/// refused with its place. Bounded in depth, linear in time, exact in integers of 64 bits.
package struct JSONReader {
  /// A fault and its place.
  package struct Mistake: Error, Equatable, Sendable {
    /// From 1.
    package let line: Int
    /// In characters, from 1.
    package let column: Int
    /// The field, such as `inputs.attributes[0].vocabulary`; empty outside of all.
    package fileprivate(set) var path = ""
    package let message: String
    /// Whether the JSON is well formed but for a key that stands twice in one object.
    package fileprivate(set) var isRepeatedKey = false

    /// All of it in one sentence.
    package var text: String { "line \(line), column \(column)\(path.isEmpty ? "" : ", \(path)"): \(message)" }

    /// The message and its place, for errors that name the path themselves.
    package var placed: String { "\(message), at line \(line), column \(column)" }
  }

  /// How deep values may lie in one another.
  package static let depthMax = 32
  /// Up to here a list of keys is searched faster than a table of them is kept.
  private static let fewKeys = 16

  private let bytes: ArraySlice<UInt8>
  private var position: Int

  /// The one value that the bytes hold.
  package static func read(_ bytes: ArraySlice<UInt8>) throws(Mistake) -> JSON {
    var reader = JSONReader(bytes)
    do throws(Mistake) {
      let value = try reader.value(depth: 0)
      reader.skipBlanks()
      guard reader.next == nil else { throw reader.mistake("something follows the value") }
      return value
    } catch {
      let start = JSONReader(bytes)
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
        throw start.mistake("a byte-order mark: save the file as UTF-8 without it")
      }
      guard let format = ForeignFormat(head: bytes) else { throw error }
      throw start.mistake("\(format.name): \(format.advice(for: .json))")
    }
  }

  private init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// A mistake at the byte that is read next.
  private func mistake(_ message: String) -> Mistake {
    let before = bytes[..<position]
    var line = 1
    var start = before.startIndex
    for index in before.indices {
      let isReturn = before[index] == 0x0D && (index + 1 == bytes.endIndex || bytes[index + 1] != 0x0A)
      guard before[index] == 0x0A || isReturn else { continue }
      line += 1
      start = index + 1
    }
    // Bytes that go on with a character of UTF-8 are no column.
    return Mistake(line: line, column: before[start...].count { $0 & 0xC0 != 0x80 } + 1, message: message)
  }

  private var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  // MARK: Values

  private mutating func value(depth: Int) throws(Mistake) -> JSON {
    skipBlanks()
    guard depth < Self.depthMax else { throw mistake("deeper than \(Self.depthMax) levels") }
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try list(depth: depth)
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "-"): return try number()
    case .some(0x30...0x39): return try number()
    default:
      for (word, value) in [("true", JSON.bool(true)), ("false", .bool(false)), ("null", .null)] {
        if take(word: word) { return value }
      }
      throw expected("a value is expected")
    }
  }

  /// Takes a word that no further letter or digit goes on with.
  private mutating func take(word: String) -> Bool {
    let rest = bytes[position...]
    guard rest.starts(with: word.utf8) else { return false }
    let follower = rest.dropFirst(word.utf8.count).first ?? 0x20
    guard !(0x30...0x39).contains(follower), !(0x41...0x5A).contains(follower & 0xDF), follower != 0x5F else {
      return false
    }
    position += word.utf8.count
    return true
  }

  /// What should stand here does not: says so, with a hint where other programs write something else.
  private func expected(_ message: String) -> Mistake {
    guard let next else { return mistake("\(message), and the text ends") }
    let rest = bytes[position...]
    func begins(_ words: String...) -> Bool { words.contains { rest.starts(with: $0.utf8) } }
    let hint =
      switch next {
      case UInt8(ascii: "'"), UInt8(ascii: "`"): "a text has double quotation marks"
      case UInt8(ascii: "/"), UInt8(ascii: "#"): "JSON has no comments"
      case 0x2B, 0x2E: "a number has a digit in front"
      case 0xE2 where begins("\u{201C}", "\u{201D}", "\u{2018}", "\u{2019}"): "a text has straight quotation marks"
      case _ where begins("True", "TRUE", "False", "FALSE", "Null", "NULL"):
        "true, false and null are written in lower case"
      case _ where begins("None", "nil", "undefined"): "what is not there is null"
      case _ where begins("NaN", "nan", "Inf", "inf"): "JSON has finite numbers only"
      default: ""
      }
    return mistake(hint.isEmpty ? message : "\(message): \(hint)")
  }

  private mutating func object(depth: Int) throws(Mistake) -> JSON {
    position += 1
    var fields: [(String, JSON)] = []
    var keys: Set<[UInt8]> = []
    skipBlanks()
    if take(UInt8(ascii: "}")) { return .object(fields) }
    while true {
      skipBlanks()
      guard next == UInt8(ascii: "\"") else {
        throw next == UInt8(ascii: "}") ? trailingComma() : expected("a key is expected")
      }
      let start = position
      let key = try string()
      guard !Self.isKnown(key, fields, &keys) else {
        position = start
        var mistake = mistake("a key stands twice")
        mistake.isRepeatedKey = true
        throw Self.within(key, mistake)
      }
      skipBlanks()
      guard take(UInt8(ascii: ":")) else { throw expected("':' is expected") }
      do throws(Mistake) { fields.append((key, try value(depth: depth + 1))) } catch { throw Self.within(key, error) }
      skipBlanks()
      if take(UInt8(ascii: "}")) { return .object(fields) }
      guard take(UInt8(ascii: ",")) else { throw expected("',' or '}' is expected") }
    }
  }

  /// Whether a key is there already. Bytes are compared: as `String`, "é" of one scalar and "é" of two would be one key.
  private static func isKnown(_ key: String, _ fields: [(String, JSON)], _ keys: inout Set<[UInt8]>) -> Bool {
    guard fields.count >= fewKeys else { return fields.contains { $0.0.exact == key.exact } }
    if keys.isEmpty { keys = Set(fields.map { Array($0.0.utf8) }) }
    return !keys.insert(Array(key.utf8)).inserted
  }

  private mutating func list(depth: Int) throws(Mistake) -> JSON {
    position += 1
    var values: [JSON] = []
    skipBlanks()
    if take(UInt8(ascii: "]")) { return .list(values) }
    while true {
      skipBlanks()
      if next == UInt8(ascii: "]") { throw trailingComma() }
      do throws(Mistake) { values.append(try value(depth: depth + 1)) } catch {
        throw Self.within("[\(values.count)]", isIndex: true, error)
      }
      skipBlanks()
      if take(UInt8(ascii: "]")) { return .list(values) }
      guard take(UInt8(ascii: ",")) else { throw expected("',' or ']' is expected") }
    }
  }

  /// A mistake at the last comma, where only blanks lie between it and the bracket that is read next.
  private mutating func trailingComma() -> Mistake {
    position = bytes[..<position].lastIndex(of: UInt8(ascii: ",")) ?? position
    return mistake("a comma behind the last value")
  }

  private static func within(_ step: String, isIndex: Bool = false, _ mistake: Mistake) -> Mistake {
    var mistake = mistake
    let step = isIndex ? step : JSON.step(step)
    mistake.path = step + (mistake.path.isEmpty || mistake.path.hasPrefix("[") ? "" : ".") + mistake.path
    return mistake
  }

  // MARK: Numbers

  private mutating func number() throws(Mistake) -> JSON {
    let start = position
    _ = take(UInt8(ascii: "-"))
    let digits = position
    var isWhole = true
    var isGood = takeDigits()
    if isGood, bytes[digits] == 0x30, position > digits + 1 {
      position = start
      throw mistake("a number has no zeros in front")
    }
    if isGood, take(UInt8(ascii: ".")) {
      isWhole = false
      isGood = takeDigits()
    }
    if isGood, take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isWhole = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      isGood = takeDigits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isGood {
      // Zero with a sign is no integer: an id has one spelling.
      if isWhole, text != "-0" {
        if let value = Int(text) { return .int(value) }
        if let value = UInt64(text) { return .unsigned(value) }
      }
      if let value = Double(text), value.isFinite { return .number(value) }
    }
    position = start
    throw mistake(isGood ? "a number above what a float64 holds" : "not a number as JSON writes it")
  }

  private mutating func takeDigits() -> Bool {
    let start = position
    while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
    return position > start
  }

  // MARK: Texts

  private mutating func string() throws(Mistake) -> String {
    let start = position
    position += 1
    var text: [UInt8] = []
    while true {
      let run = bytes[position...].prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 >= 0x20 }
      text += run
      position = run.endIndex
      switch next {
      case UInt8(ascii: "\""):
        position += 1
        guard let text = String(validating: text, as: UTF8.self) else {
          position = start
          throw mistake("a text that is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): text += try escape()
      case nil:
        position = start
        throw mistake("a text that does not end")
      default: throw mistake("a control character in a text: write it as an escape such as \\n")
      }
    }
  }

  private mutating func escape() throws(Mistake) -> [UInt8] {
    let start = position
    position += 1
    guard let byte = next else { throw mistake("a text that does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "u"):
      var units = [try hexadecimal()]
      if (0xD800..<0xDC00).contains(units[0]), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
        units.append(try hexadecimal())
      }
      guard let text = String(validating: units, as: UTF16.self) else {
        position = start
        throw mistake("half of a surrogate pair")
      }
      return Array(text.utf8)
    default:
      position = start
      throw mistake("an escape that JSON does not know")
    }
  }

  private mutating func hexadecimal() throws(Mistake) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue, byte < 0x80 else {
        throw mistake("four hexadecimal digits are expected")
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }
}

extension JSON {
  private static let stepMax = 64

  /// A key as a part of a path: as it is where it is plain, else quoted, and never longer than a line can show.
  package static func step(_ key: String) -> String {
    let isPlain = key.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C } && !key.isEmpty
    if isPlain, key.utf8.count <= stepMax { return key }
    let scalars = key.unicodeScalars.prefix(stepMax)
    let escaped = scalars.map { scalar in
      (0x20..<0x7F).contains(scalar.value) ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
    }
    return "\"\(escaped.joined())\(scalars.count < key.unicodeScalars.count ? "…" : "")\""
  }
}
