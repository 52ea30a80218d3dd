import Vocabulary

/// Reads JSON that people and programs wrote: bounded in depth, exact in integers, with the place of every mistake.
struct JSONReader {
  /// A mistake, at a byte from 1.
  struct Mistake: Error {
    let column: Int
    let message: String
  }

  private static let depthMax = 32

  private let bytes: ArraySlice<UInt8>
  private var position: Int

  /// The one value that the bytes hold.
  static func read(_ bytes: ArraySlice<UInt8>) throws(Mistake) -> JSON {
    var reader = JSONReader(bytes)
    let value = try reader.value(depth: 0)
    reader.skipBlanks()
    guard reader.position == bytes.endIndex else { throw reader.mistake("something follows the value") }
    return value
  }

  private init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  private func mistake(_ message: String) -> Mistake {
    Mistake(column: position - bytes.startIndex + 1, message: message)
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

  private mutating func value(depth: Int) throws(Mistake) -> JSON {
    guard depth < Self.depthMax else { throw mistake("too deep") }
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try list(depth: depth)
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case .some(let byte) where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte): return try number()
    default: throw mistake("a value is expected")
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSON) throws(Mistake) -> JSON {
    let text = Array("\(word)".utf8)
    guard bytes[position...].starts(with: text) else { throw mistake("a value is expected") }
    position += text.count
    return value
  }

  private mutating func object(depth: Int) throws(Mistake) -> JSON {
    position += 1
    var fields: [(String, JSON)] = []
    skipBlanks()
    if take(UInt8(ascii: "}")) { return .object(fields) }
    while true {
      skipBlanks()
      guard next == UInt8(ascii: "\"") else { throw mistake("a key is expected") }
      let start = position
      let key = try string()
      guard !fields.contains(where: { $0.0.exact == key.exact }) else {
        position = start
        throw mistake("a key stands twice")
      }
      skipBlanks()
      guard take(UInt8(ascii: ":")) else { throw mistake("':' is expected") }
      fields.append((key, try value(depth: depth + 1)))
      skipBlanks()
      if take(UInt8(ascii: "}")) { return .object(fields) }
      guard take(UInt8(ascii: ",")) else { throw mistake("',' or '}' is expected") }
    }
  }

  private mutating func list(depth: Int) throws(Mistake) -> JSON {
    position += 1
    var values: [JSON] = []
    skipBlanks()
    if take(UInt8(ascii: "]")) { return .list(values) }
    while true {
      values.append(try value(depth: depth + 1))
      skipBlanks()
      if take(UInt8(ascii: "]")) { return .list(values) }
      guard take(UInt8(ascii: ",")) else { throw mistake("',' or ']' is expected") }
    }
  }

  private mutating func number() throws(Mistake) -> JSON {
    let start = position
    while let byte = next, (0x30...0x39).contains(byte) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(byte) {
      position += 1
    }
    let digits = bytes[start..<position]
    let text = String(decoding: digits, as: UTF8.self)
    let unsigned = digits.first == 0x2D ? digits.dropFirst() : digits
    let hasLeadingZero =
      unsigned.first == 0x30 && (unsigned.dropFirst().first.map { (0x30...0x39).contains($0) } ?? false)
    if !hasLeadingZero, unsigned.first.map({ (0x30...0x39).contains($0) }) ?? false, unsigned.last != 0x2E {
      // The zero with a sign is no integer: an id has one spelling.
      if !digits.elementsEqual([0x2D, 0x30]) {
        if let value = Int(text) { return .int(value) }
        if let value = UInt64(text) { return .unsigned(value) }
      }
      if let value = Double(text), value.isFinite { return .number(value) }
    }
    position = start
    throw mistake("not a number that a float64 can hold")
  }

  private mutating func string() throws(Mistake) -> String {
    let start = position
    position += 1
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: text, as: UTF8.self) else {
          position = start
          throw mistake("text that is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): text += try escape()
      case ..<0x20:
        position -= 1
        throw mistake("a control character in a text")
      default: text.append(byte)
      }
    }
    position = start
    throw mistake("a text that does not end")
  }

  private mutating func escape() throws(Mistake) -> [UInt8] {
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
      guard let text = String(validating: units, as: UTF16.self) else { throw mistake("half of a surrogate pair") }
      return Array(text.utf8)
    default:
      position -= 1
      throw mistake("an escape that JSON does not know")
    }
  }

  private mutating func hexadecimal() throws(Mistake) -> UInt16 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw mistake("four hexadecimal digits are expected") }
    position += 4
    return unit
  }
}
