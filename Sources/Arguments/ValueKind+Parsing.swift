extension ValueKind {
  /// The value that a text stands for.
  ///
  /// - Throws: A message that says what is expected, without the name of the flag.
  func parse(_ text: String) throws(UsageError) -> Value {
    switch self {
    case .string: return .string(text)
    case .path: if !text.isEmpty { return .string(text) }
    case .int(let range):
      if let value = Int(text), range.contains(value) { return .int(value) }
    case .double(let range):
      if let value = Double(text), value.isFinite, range.contains(value) { return .double(value) }
    case .duration(let range):
      if let value = DurationUnit.parse(text), range.contains(value) { return .duration(value) }
    case .byteSize(let range):
      if let value = ByteUnit.parse(text), range.contains(value) { return .byteSize(value) }
    case .choice(let words):
      if words.contains(text) { return .string(text) }
      throw UsageError(
        "\(UsageError.quoted(text)) is not \(expectation)" + EditDistance.hint(text, among: words) { "'\($0)'" })
    case .address: if let value = HostPort(text) { return .address(value) }
    case .bool:
      if text == "true" || text == "1" { return .bool(true) }
      if text == "false" || text == "0" { return .bool(false) }
    }
    throw UsageError("\(UsageError.quoted(text)) is not \(expectation)")
  }
}
