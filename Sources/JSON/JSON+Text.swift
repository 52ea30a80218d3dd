import Vocabulary

extension JSON {
  /// The value as text on lines of its own, two spaces to a level; lists of plain values stay on one line.
  package var text: String {
    var text = ""
    write(to: &text, indent: "")
    return text
  }

  /// The value as text on one line.
  package var line: String {
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
