import Bytes
import JSON
import Wire

/// Named values with what is within them.
struct FieldTree: Equatable {
  /// Elements of a list that are shown.
  private static let shownMax = 8
  /// Bytes of a field that are shown.
  private static let bytesShownMax = 32

  let label: String
  /// Empty where there are children instead.
  let text: String
  let children: [FieldTree]

  init(_ label: String, _ text: String, children: [FieldTree] = []) {
    self.label = label
    self.text = text
    self.children = children
  }

  /// The tree of a message, or of a record of one.
  init(_ label: String, _ sheet: FieldSheet) {
    self.init(label, "", children: sheet.fields.map { FieldTree($0.name, $0.value) })
  }

  private init(_ label: String, _ value: FieldValue) {
    guard case .records(let records) = value else {
      self.init(label, Self.text(value))
      return
    }
    let shown = records.prefix(Self.shownMax).enumerated().map { FieldTree("[\($0)]", $1) }
    self.init(label, "\(records.count)", children: shown + (records.count > shown.count ? [FieldTree("…", "")] : []))
  }

  /// The lines of the tree.
  func lines(indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    return [(margin + label.padded(max(20 - indent, 0)) + "  " + text).trimmingEnd()]
      + children.flatMap { $0.lines(indent: indent + 2) }
  }

  /// The tree for programs.
  var json: JSON { children.isEmpty ? .text(text) : .object(children.map { ($0.label, $0.json) }) }

  private static func text(_ value: FieldValue) -> String {
    switch value {
    case .missing: return "none"
    case .bool(let value): return value ? "yes" : "no"
    case .number(let value): return "\(value)"
    case .named(let value, let words): return "\(value) \(words)"
    case .unsigned(let value): return "\(value)"
    case .signed(let value): return "\(value)"
    case .float(let value): return "\(value)"
    case .double(let value): return "\(value)"
    case .text(let value): return value.debugDescription
    case .bytes(let value):
      let shown = ContentHash.hexadecimal(value.prefix(bytesShownMax))
      return "\(value.count) bytes\(value.isEmpty ? "" : ": \(shown)")\(value.count > bytesShownMax ? "…" : "")"
    case .list(let values):
      return "\(values.count)\(values.isEmpty ? "" : ": ")" + values.prefix(shownMax).map(text).joined(separator: ", ")
        + (values.count > shownMax ? ", …" : "")
    case .records(let records): return "\(records.count)"
    }
  }
}
