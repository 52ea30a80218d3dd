import JSON
import Vocabulary

/// Numbers and values as people read them.
enum Text {
  /// A number with `digits` digits behind the point.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    let whole = UInt64(scaled / scale)
    let rest = UInt64(scaled - Double(whole) * scale)
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(whole)" }
    let fraction = String(rest)
    return "\(sign)\(whole)." + String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
  }

  /// A whole number in groups of three.
  static func grouped(_ value: some BinaryInteger) -> String {
    var text = ""
    for (index, digit) in String(value).reversed().enumerated() {
      if index > 0, index % 3 == 0, digit != "-" { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }

  static func milliseconds(_ microseconds: some BinaryInteger) -> String {
    fixed(Double(microseconds) / 1000, 2) + " ms"
  }

  static func bytes(_ count: some BinaryInteger) -> String {
    var value = Double(count)
    for unit in ["B", "KiB", "MiB", "GiB"] {
      if value < 1024 { return unit == "B" ? "\(count) B" : "\(fixed(value, 1)) \(unit)" }
      value /= 1024
    }
    return "\(fixed(value, 1)) TiB"
  }

  /// A model or another 64-bit name.
  static func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  static func value(_ value: AttributeValue?) -> String {
    switch value {
    case nil: "–"
    case .int(let value): String(value)
    case .float(let value): number(value)
    case .keyword(let text), .text(let text): text.visible
    case .keywordSet(let words): words.map(\.visible).joined(separator: ", ")
    case .bool(let flag): flag ? "yes" : "no"
    }
  }

  /// A number of the user's data: the shortest text that reads back as the same number.
  static func number(_ value: Double) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  static func seconds(_ seconds: Double) -> String {
    if seconds < 90 { return "\(fixed(seconds, seconds < 10 ? 1 : 0)) s" }
    return "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
  }
}

extension JSON {
  /// A value of an attribute.
  init(_ value: AttributeValue?) {
    self =
      switch value {
      case nil: .null
      case .int(let value): .int(Int(value))
      case .float(let value): .number(value)
      case .keyword(let text), .text(let text): .text(text)
      case .keywordSet(let words): .list(words.map { .text($0) })
      case .bool(let flag): .bool(flag)
      }
  }

  /// A model by its name.
  static func model(_ model: UInt64?) -> JSON { model.map { .text(Text.hexadecimal($0)) } ?? .null }
}
