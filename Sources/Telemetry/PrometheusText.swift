import Vocabulary

/// Whether text is `[a-z_][a-z0-9_]*`, the part of Prometheus' grammar of names that Winnow uses.
func isMetricName(_ text: String) -> Bool {
  guard let first = text.utf8.first, first == UInt8(ascii: "_") || (0x61...0x7A).contains(first) else { return false }
  return text.utf8.allSatisfy { $0 == UInt8(ascii: "_") || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
}

/// Whether text can name a label: `le` belongs to histograms, two leading underscores to Prometheus.
func isLabelName(_ text: String) -> Bool { isMetricName(text) && text != "le" && !text.hasPrefix("__") }

/// Labels in their order as they stand between braces.
func written(_ labels: [MetricRegistry.Label]) -> String {
  labels.map { "\($0.name)=\"\(escaped(labelValue: $0.value))\"" }.joined(separator: ",")
}

/// Labels with their braces, or nothing.
func braced(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

/// A number as Prometheus reads it.
func number(_ value: Double) -> String {
  if value.isNaN { return "NaN" }
  if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
  let text = value.description
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// Help text on one line.
func escaped(help: String) -> String { escaped(help, quotes: false) }

/// A label's value between quotes.
func escaped(labelValue: String) -> String { escaped(labelValue, quotes: true) }

/// The format escapes backslash, quote and line feed and has no way to write another control character.
private func escaped(_ text: String, quotes: Bool) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\"" where quotes: result += "\\\""
    case _ where scalar.isHidden: result.unicodeScalars.append("\u{FFFD}")
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
