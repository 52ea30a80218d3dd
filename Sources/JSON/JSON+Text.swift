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
    case .text(let value): text += Self.quoted(value)
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
      if let key = part.key { text += quoted(key) + ": " }
      part.value.write(to: &text, indent: indent)
    }
    if indent != nil, !parts.isEmpty { text += "\n" + (outer ?? "") }
    text += close
  }
}
