import Vocabulary

/// A JSON value that is written and never read: what the console shows.
///
/// Ids are texts, because the numbers of a browser end at 2⁵³.
package enum JSONText: Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case text(String)
  case list([JSONText])
  case object([(String, JSONText)])

  /// A whole number; one beyond the range of Int64 stands at its end.
  package static func count(_ value: some BinaryInteger) -> JSONText { .integer(Int64(clamping: value)) }

  /// A number of 64 bits, such as an id.
  package static func id(_ value: UInt64) -> JSONText { .text(String(value)) }

  /// A float32 by the shortest text that gives it back; `null` if it is not finite.
  package static func float(_ value: Float) -> JSONText { Double(value.description).map { .number($0) } ?? .null }

  /// The value on one line.
  package var line: String {
    var line = ""
    write(to: &line)
    return line
  }

  private func write(to line: inout String) {
    switch self {
    case .null: line += "null"
    case .bool(let value): line += value ? "true" : "false"
    case .integer(let value): line += String(value)
    case .number(let value): line += value.isFinite ? value.description : "null"
    case .text(let value): Self.write(value, to: &line)
    case .list(let values):
      line += "["
      for (index, value) in values.enumerated() {
        if index > 0 { line += "," }
        value.write(to: &line)
      }
      line += "]"
    case .object(let fields):
      line += "{"
      for (index, field) in fields.enumerated() {
        if index > 0 { line += "," }
        Self.write(field.0, to: &line)
        line += ":"
        field.1.write(to: &line)
      }
      line += "}"
    }
  }

  /// Quoted; `<` and what is hidden or ends a line somewhere are written as numbers, so that the text is harmless wherever it lands.
  private static func write(_ value: String, to line: inout String) {
    line += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": line += "\\\""
      case "\\": line += "\\\\"
      case "<": line += scalar.escaped
      case _ where scalar.isHidden: line += scalar.escaped
      default: line.unicodeScalars.append(scalar)
      }
    }
    line += "\""
  }
}
