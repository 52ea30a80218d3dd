/// Takes a line of JSON Lines apart, at the speed of logs: one object of texts, numbers, true, false, null and lists of
/// such, without a value for each.
///
/// Fields become bytes as a table would have them; a list becomes its members with `divider` between them. An object or a
/// list of lists has no such form: it is passed over, and its field says so. Strict as `JSONReader` is, but for NaN and
/// Infinity, which many programs write: the reader of the column refuses them by name.
package struct FlatObject {
  /// The form of a field's value.
  package enum Form: Equatable, Sendable {
    case null, scalar, list
    /// Something that has no form in a table.
    case nested
  }

  /// A field of a line.
  package struct Field: Equatable, Sendable {
    package let key: [UInt8]
    /// Where its bytes are in those of the line.
    package let bytes: Range<Int>
    package let form: Form
  }

  /// Divides the members of a list.
  package static let divider: UInt8 = 0x1F

  /// Fields of a line at most, so that the search for a key that stands twice stays short.
  package static let fieldsMax = 4096
  private static let depthMax = 64

  private let line: [UInt8]
  private var position = 0
  private var fields: [Field] = []
  private var output: [UInt8] = []

  /// The fields in their order and the bytes that they lie in; `nil` if the line is no object.
  package static func scan(_ line: [UInt8]) -> (fields: [Field], bytes: [UInt8])? {
    var object = FlatObject(line: line)
    guard object.object() else { return nil }
    return (object.fields, object.output)
  }

  /// Whether a line that is no object is one but for a key that stands twice.
  package static func hasRepeatedKey(_ line: [UInt8]) -> Bool {
    do throws(JSONReader.Mistake) {
      _ = try JSONReader.read(line[...])
      return false
    } catch { return error.isRepeatedKey }
  }

  private init(line: [UInt8]) { self.line = line }

  private var next: UInt8? { position < line.count ? line[position] : nil }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A { position += 1 }
  }

  /// Whether the next byte that is no blank is this one, which is then passed.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func object() -> Bool {
    guard take("{") else { return false }
    if !take("}") {
      repeat {
        let start = output.count
        skipBlanks()
        guard text(), take(":") else { return false }
        let name = Array(output[start...])
        output.removeSubrange(start...)
        guard fields.count < Self.fieldsMax, !fields.contains(where: { $0.key == name }) else { return false }
        skipBlanks()
        if word("null") {
          fields.append(Field(key: name, bytes: start..<start, form: .null))
          continue
        }
        let (isList, begin) = (next == UInt8(ascii: "["), position)
        if next != UInt8(ascii: "{"), isList ? list() : scalar() {
          fields.append(Field(key: name, bytes: start..<output.count, form: isList ? .list : .scalar))
          continue
        }
        guard next == UInt8(ascii: "{") || isList else { return false }
        output.removeSubrange(start...)
        position = begin
        guard pass(depth: 0) else { return false }
        output.removeSubrange(start...)
        fields.append(Field(key: name, bytes: start..<start, form: .nested))
      } while take(",")
      guard take("}") else { return false }
    }
    skipBlanks()
    return position == line.count
  }

  /// Passes over a value of any form, however deep within reason.
  private mutating func pass(depth: Int) -> Bool {
    guard depth < Self.depthMax else { return false }
    skipBlanks()
    if word("null") { return true }
    guard let open = next, open == UInt8(ascii: "{") || open == UInt8(ascii: "[") else { return scalar() }
    let close: Unicode.Scalar = open == UInt8(ascii: "{") ? "}" : "]"
    position += 1
    if take(close) { return true }
    repeat {
      if close == "}" {
        skipBlanks()
        guard text(), take(":") else { return false }
      }
      guard pass(depth: depth + 1) else { return false }
    } while take(",")
    return take(close)
  }

  private mutating func list() -> Bool {
    guard take("[") else { return false }
    if take("]") { return true }
    var isFirst = true
    repeat {
      if !isFirst { output.append(Self.divider) }
      isFirst = false
      skipBlanks()
      let start = output.count
      guard scalar(), !output[start...].contains(Self.divider) else { return false }
    } while take(",")
    return take("]")
  }

  private mutating func scalar() -> Bool {
    guard let byte = next else { return false }
    switch byte {
    case UInt8(ascii: "\""): return text()
    case UInt8(ascii: "t"): return word("true", keep: true)
    case UInt8(ascii: "f"): return word("false", keep: true)
    case UInt8(ascii: "N"): return word("NaN", keep: true)
    case UInt8(ascii: "I"): return word("Infinity", keep: true)
    case UInt8(ascii: "-"), 0x30...0x39:
      let start = position
      position += 1
      if byte == UInt8(ascii: "-"), next == UInt8(ascii: "I") {
        output.append(byte)
        return word("Infinity", keep: true)
      }
      position = start
      guard number() else { return false }
      output += line[start..<position]
      return true
    default: return false
    }
  }

  /// Passes over a number as JSON writes it.
  private mutating func number() -> Bool {
    func digits(_ position: inout Int) -> Int {
      let start = position
      while position < line.count, (0x30...0x39).contains(line[position]) { position += 1 }
      return position - start
    }
    _ = take(byte: "-")
    let start = position
    let count = digits(&position)
    guard count == 1 || count > 1 && line[start] != 0x30 else { return false }
    if take(byte: ".") {
      guard digits(&position) > 0 else { return false }
    }
    if take(byte: "e") || take(byte: "E") {
      if !take(byte: "+") { _ = take(byte: "-") }
      guard digits(&position) > 0 else { return false }
    }
    return true
  }

  private mutating func take(byte: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: byte) else { return false }
    position += 1
    return true
  }

  private mutating func word(_ word: StaticString, keep: Bool = false) -> Bool {
    let bytes = Array("\(word)".utf8)
    guard line[position...].starts(with: bytes) else { return false }
    position += bytes.count
    if keep { output += bytes }
    return true
  }

  private mutating func text() -> Bool {
    guard next == UInt8(ascii: "\"") else { return false }
    position += 1
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return true
      case UInt8(ascii: "\\"): guard escape() else { return false }
      case ..<0x20: return false
      default: output.append(byte)
      }
    }
    return false
  }

  private mutating func escape() -> Bool {
    guard let byte = next else { return false }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): output.append(0x0A)
    case UInt8(ascii: "t"): output.append(0x09)
    case UInt8(ascii: "r"): output.append(0x0D)
    case UInt8(ascii: "b"): output.append(0x08)
    case UInt8(ascii: "f"): output.append(0x0C)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): output.append(byte)
    case UInt8(ascii: "u"):
      guard let first = unit() else { return false }
      var units = [first]
      if (0xD800..<0xDC00).contains(first) {
        guard line[position...].starts(with: [0x5C, 0x75]) else { return false }
        position += 2
        guard let second = unit() else { return false }
        units.append(second)
      }
      guard let text = String(validating: units, as: UTF16.self) else { return false }
      output += text.utf8
    default: return false
    }
    return true
  }

  private mutating func unit() -> UInt16? {
    let digits = line[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }) else { return nil }
    position += 4
    return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
