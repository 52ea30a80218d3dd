extension Filter {
  /// The canonical text, which parses back to an equal tree: one space between tokens, `and` and `or` in parentheses
  /// wherever they stand inside another node, quotation marks only where needed.
  ///
  /// An `and` or `or` of one filter, which no text gives, is written as that filter.
  package var text: String { text(isRoot: true) }

  private func text(isRoot: Bool) -> String {
    switch self {
    case .and(let children): Self.join(children, "and", isRoot: isRoot)
    case .or(let children): Self.join(children, "or", isRoot: isRoot)
    case .not(let child): "not " + child.text(isRoot: false)
    case .comparison(let attribute, let comparison, let value):
      "\(attribute.text) \(comparison.symbol) \(value.text)"
    case .inList(let attribute, let values):
      "\(attribute.text) in (" + values.map(\.text).joined(separator: ", ") + ")"
    case .range(let attribute, let lower, let upper): "\(attribute.text) in \(lower.text)..\(upper.text)"
    case .has(let attribute): "has \(attribute.text)"
    }
  }

  private static func join(_ children: [Filter], _ word: String, isRoot: Bool) -> String {
    if children.count == 1 { return children[0].text(isRoot: isRoot) }
    let joined = children.map { $0.text(isRoot: false) }.joined(separator: " \(word) ")
    return isRoot ? joined : "(\(joined))"
  }
}

extension Filter.Attribute {
  var text: String { FilterScanner.isReserved(name) ? "\"\(name)\"" : name }
}

extension FilterValue {
  var text: String {
    switch self {
    case .number(let number): number.text
    case .keyword(let keyword): FilterScanner.isBareKeyword(keyword) ? keyword : Self.quote(keyword)
    case .bool(let value): value ? "true" : "false"
    }
  }

  private static func quote(_ keyword: String) -> String {
    var quoted = "\""
    for scalar in keyword.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case "\0"..<" ", "\u{7f}": quoted += "\\u{\(String(scalar.value, radix: 16))}"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension Number {
  /// The shortest decimal digits that read back as the same number.
  var text: String {
    switch self {
    case .int(let value): String(value)
    case .float(let value): value.canonicalText
    }
  }
}

extension Double {
  /// The shortest decimal digits that read back as the same number, with an exponent where the page of filters says so:
  /// from 1e16, and below 1e-4. (`description` changes to an exponent at 2^53.)
  package var canonicalText: String {
    let text = magnitude.description
    let parts = text.split(separator: "e")
    let mantissa = parts[0].split(separator: ".")
    let written = mantissa.joined()
    let leadingZeros = written.prefix { $0 == "0" }.count
    var digits = String(written.dropFirst(leadingZeros))
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    guard isFinite, !digits.isEmpty, let whole = mantissa.first else { return description }
    // The power of ten of the first digit.
    let power = whole.count - 1 - leadingZeros + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    let sign = self.sign == .minus ? "-" : ""
    if power >= 16 || power < -4 {
      let fraction = digits.dropFirst()
      let exponent = String(power.magnitude)
      return sign + digits.prefix(1) + (fraction.isEmpty ? "" : "." + fraction) + (power < 0 ? "e-" : "e+")
        + (exponent.count < 2 ? "0" : "") + exponent
    }
    if power < 0 { return sign + "0." + String(repeating: "0", count: -power - 1) + digits }
    let padded = digits + String(repeating: "0", count: max(0, power + 1 - digits.count))
    let fraction = padded.dropFirst(power + 1)
    return sign + padded.prefix(power + 1) + "." + (fraction.isEmpty ? "0" : fraction)
  }
}
