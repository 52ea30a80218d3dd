import Vocabulary

extension JSON {
  /// The value as the bytes of a file, a line for each value and keys in the order of their bytes, so that equal values
  /// give equal bytes. The form is that of the first versions: ` : ` behind a key, a whole number of a float without a
  /// fraction.
  package var file: [UInt8] {
    var text = ""
    writeFile(to: &text, indent: "\n")
    return Array(text.utf8) + [0x0A]
  }

  private func writeFile(to text: inout String, indent: String) {
    switch self {
    case .list(let values):
      Self.writeParts(values.map { ("", $0) }, "[", "]", to: &text, indent: indent)
    case .object(let fields):
      let parts = fields.sorted { $0.0.exact < $1.0.exact }.map { ("\(Self.quoted($0.0, .file)) : ", $0.1) }
      Self.writeParts(parts, "{", "}", to: &text, indent: indent)
    default: text += fileText
    }
  }

  private static func writeParts(
    _ parts: [(key: String, value: JSON)], _ open: String, _ close: String, to text: inout String, indent: String
  ) {
    text += open
    if parts.isEmpty { text += "\n" }
    for (index, part) in parts.enumerated() {
      text += (index > 0 ? "," : "") + indent + "  " + part.key
      part.value.writeFile(to: &text, indent: indent + "  ")
    }
    text += indent + close
  }

  /// A plain value.
  private var fileText: String {
    switch self {
    case .number(let value) where value.isFinite:
      value.description.hasSuffix(".0") ? String(value.description.dropLast(2)) : value.description
    case .text(let value): Self.quoted(value, .file)
    default: line
    }
  }
}
