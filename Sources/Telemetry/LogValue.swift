import Vocabulary

/// A value of a log line.
package enum LogValue: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
  case text(String)
  case integer(Int64)
  /// One beyond the range of Int64.
  case unsigned(UInt64)
  case real(Double)
  case flag(Bool)

  /// Scalars of a text that are written; what is longer is cut and ends in `…`.
  package static let textScalarsMax = 1024

  /// Any integer; one beyond the range of UInt64 stands at its end.
  package init(_ value: some BinaryInteger) {
    self = value > Int64.max ? .unsigned(UInt64(clamping: value)) : .integer(Int64(clamping: value))
  }
  /// A text, from wherever it comes.
  package init(_ value: String) { self = .text(value) }
  /// A number.
  package init(_ value: Double) { self = .real(value) }
  /// Yes or no.
  package init(_ value: Bool) { self = .flag(value) }

  package init(stringLiteral value: String) { self = .text(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .real(value) }
  package init(booleanLiteral value: Bool) { self = .flag(value) }

  /// As it stands behind `key=`: quoted unless it is made of plain characters.
  var keyValueText: String {
    switch self {
    case .text(let text) where !text.isEmpty && text.utf8.count <= Self.textScalarsMax && text.utf8.allSatisfy(isPlain):
      text
    case .text(let text): quoted(text)
    case .integer(let value): String(value)
    case .unsigned(let value): String(value)
    case .real(let value): value.description
    case .flag(let value): value.description
    }
  }

  /// As it stands in JSON, which has no word for a number that is not finite.
  var jsonText: String {
    switch self {
    case .text(let text): quoted(text)
    case .integer(let value): String(value)
    case .unsigned(let value): String(value)
    case .real(let value): value.isFinite ? value.description : "\"\(value)\""
    case .flag(let value): value.description
    }
  }
}

/// Whether a byte of a value needs no quotes: letters, digits and `_ . - : / +`.
func isPlain(_ byte: UInt8) -> Bool {
  switch byte {
  case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
  case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "+"):
    true
  default: false
  }
}

/// A text as a JSON string, in which everything that could steer a terminal or end a line is written as a number.
private func quoted(_ text: String) -> String {
  var result = "\""
  var count = 0
  for scalar in text.unicodeScalars {
    guard count < LogValue.textScalarsMax else {
      result += "…"
      break
    }
    count += 1
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    default:
      switch scalar.properties.generalCategory {
      case .format, .privateUse, .unassigned: result += scalar.escaped
      default:
        if scalar.isHidden { result += scalar.escaped } else { result.unicodeScalars.append(scalar) }
      }
    }
  }
  return result + "\""
}
