import Bytes
import JSON
import Placement
import Vocabulary
import Wire

/// A value as a tree of named fields, taken from the value itself.
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

  /// The tree of a value.
  init(_ label: String, of value: Any) {
    self.label = label
    if let text = Self.leaf(value) {
      self.text = text
      children = []
      return
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional:
      let inner = mirror.children.first.map { FieldTree(label, of: $0.value) }
      text = inner?.text ?? "none"
      children = inner?.children ?? []
    case .collection:
      text = "\(mirror.children.count)"
      children =
        mirror.children.prefix(Self.shownMax).enumerated().map { FieldTree("[\($0)]", of: $1.value) }
        + (mirror.children.count > Self.shownMax ? [FieldTree("…", "")] : [])
    case .enum:
      guard let child = mirror.children.first else {
        text = "\(value)"
        children = []
        return
      }
      let inner = FieldTree(label, of: child.value)
      text = Self.words(child.label ?? "") + (inner.text.isEmpty ? "" : " \(inner.text)")
      children = inner.children
    default:
      text = ""
      children = mirror.children.filter { !($0.value is any ReadingAid) }
        .map { FieldTree(Self.words($0.label ?? ""), of: $0.value) }
    }
  }

  /// The tree without the fields of some labels.
  func without(_ labels: Set<String>) -> FieldTree {
    FieldTree(label, text, children: children.filter { !labels.contains($0.label) }.map { $0.without(labels) })
  }

  /// The lines of the tree.
  func lines(indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    return [(margin + label.padded(max(20 - indent, 0)) + "  " + text).trimmingEnd()]
      + children.flatMap { $0.lines(indent: indent + 2) }
  }

  /// The tree for programs.
  var json: JSON { children.isEmpty ? .text(text) : .object(children.map { ($0.label, $0.json) }) }

  /// The text of a value that has no fields worth a line each.
  private static func leaf(_ value: Any) -> String? {
    // An empty list is a list of anything.
    if let list = value as? [Any], list.isEmpty { return "0" }
    switch value {
    case let value as String: return value.debugDescription
    case let value as Bool: return value ? "yes" : "no"
    case let value as any FixedWidthInteger: return "\(value)"
    case let value as Float: return "\(value)"
    case let value as Double: return "\(value)"
    case let value as Bytes16: return ContentHash.hexadecimal(value.bytes)
    case let value as ErrorCode: return "0x\(String(value.rawValue, radix: 16, uppercase: true)) \(value.name)"
    case let value as ErrorClass: return value.words
    case let value as MissingCause: return "\(value.rawValue) \(value.words)"
    case let value as Phase: return "\(value.rawValue) \(value.words)"
    case let value as AttributeType: return value.word
    case let value as any RawRepresentable: return leaf(value.rawValue).map { number(value) ?? $0 }
    case let value as [UInt8]:
      let shown = ContentHash.hexadecimal(value.prefix(bytesShownMax))
      return "\(value.count) bytes\(value.isEmpty ? "" : ": \(shown)")\(value.count > bytesShownMax ? "…" : "")"
    case let values as [Float]: return list(values.map { "\($0)" })
    case let values as [Double]: return list(values.map { "\($0)" })
    case let values as [UInt64]: return list(values.map { "\($0)" })
    case let values as [Int64]: return list(values.map { "\($0)" })
    case let values as [UInt32]: return list(values.map { "\($0)" })
    case let values as [UInt16]: return list(values.map { "\($0)" })
    case let values as [String]: return list(values.map(\.debugDescription))
    default: return nil
    }
  }

  /// A case of an enumeration with its number, or the number alone.
  private static func number(_ value: any RawRepresentable) -> String? {
    guard Mirror(reflecting: value).displayStyle == .enum else { return nil }
    return "\(value.rawValue) \(words("\(value)"))"
  }

  private static func list(_ texts: [String]) -> String {
    "\(texts.count)\(texts.isEmpty ? "" : ": ")" + texts.prefix(shownMax).joined(separator: ", ")
      + (texts.count > shownMax ? ", …" : "")
  }

  /// `minimumCoverage` as people write it.
  private static func words(_ label: String) -> String {
    var words = ""
    var last: Character?
    for character in label where character != "_" {
      if character.isUppercase, let last, last.isLowercase || last.isNumber { words += " " }
      words += character.lowercased()
      last = character
    }
    return words
  }
}

extension ErrorClass {
  /// The names of the bits.
  fileprivate var words: String {
    let names: [(ErrorClass, String)] = [
      (.fatal, "FATAL"), (.retriable, "RETRIABLE"), (.notExecuted, "NOT_EXECUTED"), (.indefinite, "INDEFINITE"),
      (.refresh, "REFRESH"), (.backoff, "BACKOFF"),
    ]
    let known = names.filter { contains($0.0) }.map(\.1)
    return "\(rawValue)" + (known.isEmpty ? "" : " " + known.joined(separator: " "))
  }
}
