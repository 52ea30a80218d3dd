import Vocabulary

/// A JSON value that keeps the order of its keys and the exact integers of 64 bits.
enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case int(Int)
  /// Above `Int.max`.
  case unsigned(UInt64)
  case number(Double)
  case text(String)
  case list([JSON])
  indirect case object([(String, JSON)])

  /// A number of 64 bits without sign.
  static func id(_ value: UInt64) -> JSON { Int(exactly: value).map { .int($0) } ?? .unsigned(value) }

  /// A float32 by the shortest text that gives it back.
  static func float(_ value: Float) -> JSON { Double(value.description).map { .number($0) } ?? .null }

  /// The field of an object.
  subscript(key: String) -> JSON? {
    guard case .object(let fields) = self else { return nil }
    return fields.first { $0.0 == key }?.1
  }

  /// The value as an id.
  var asID: UInt64? {
    switch self {
    case .int(let value): UInt64(exactly: value)
    case .unsigned(let value): value
    // A string of digits helps programs whose numbers end at 2^53.
    case .text(let digits): digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(digits) : nil
    default: nil
    }
  }

  /// The value as a number.
  var asNumber: Double? {
    switch self {
    case .int(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The value as a vector of float32.
  var asVector: [Float]? {
    guard case .list(let values) = self else { return nil }
    let floats = values.compactMap { $0.asNumber.map { Float($0) } }
    return floats.count == values.count ? floats : nil
  }

  static func == (a: JSON, b: JSON) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let x), .bool(let y)): x == y
    case (.int(let x), .int(let y)): x == y
    case (.unsigned(let x), .unsigned(let y)): x == y
    case (.number(let x), .number(let y)): x == y
    case (.text(let x), .text(let y)): x == y
    case (.list(let x), .list(let y)): x == y
    case (.object(let x), .object(let y)): x.elementsEqual(y) { $0.0 == $1.0 && $0.1 == $1.1 }
    default: false
    }
  }

  /// The value as text on lines of its own, two spaces to a level; lists of plain values stay on one line.
  var text: String {
    var text = ""
    write(to: &text, indent: "")
    return text
  }

  /// The value as text on one line.
  var line: String {
    var text = ""
    write(to: &text, indent: nil)
    return text
  }

  private var isPlain: Bool {
    switch self {
    case .list, .object: false
    default: true
    }
  }

  private func write(to text: inout String, indent: String?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .int(let value): text += String(value)
    case .unsigned(let value): text += String(value)
    case .number(let value):
      text += value.isFinite ? value.description : "null"
    case .text(let value): Self.write(value, to: &text)
    case .list(let values):
      let inner = values.allSatisfy(\.isPlain) ? nil : indent.map { $0 + "  " }
      Self.write(values.map { (nil, $0) }, "[", "]", to: &text, indent: inner, outer: indent)
    case .object(let fields):
      Self.write(fields.map { ($0.0, $0.1) }, "{", "}", to: &text, indent: indent.map { $0 + "  " }, outer: indent)
    }
  }

  private static func write(
    _ parts: [(key: String?, value: JSON)], _ open: String, _ close: String, to text: inout String, indent: String?,
    outer: String?
  ) {
    text += open
    for (index, part) in parts.enumerated() {
      if index > 0 { text += indent == nil ? ", " : "," }
      if let indent { text += "\n" + indent }
      if let key = part.key {
        write(key, to: &text)
        text += ": "
      }
      part.value.write(to: &text, indent: indent)
    }
    if indent != nil, !parts.isEmpty { text += "\n" + (outer ?? "") }
    text += close
  }

  private static func write(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\r": text += "\\r"
      case _ where scalar.isHidden: text += scalar.escaped
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
