/// Texts are the same if their bytes are; numbers as their types have it.
extension AttributeValue: Hashable {
  public static func == (a: AttributeValue, b: AttributeValue) -> Bool {
    switch (a, b) {
    case (.int(let a), .int(let b)): a == b
    case (.float(let a), .float(let b)): a == b
    case (.bool(let a), .bool(let b)): a == b
    case (.keyword(let a), .keyword(let b)), (.text(let a), .text(let b)): a.exact == b.exact
    case (.keywordSet(let a), .keywordSet(let b)): a.map(\.exact) == b.map(\.exact)
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(type)
    switch self {
    case .int(let number): hasher.combine(number)
    case .float(let number): hasher.combine(number)
    case .bool(let flag): hasher.combine(flag)
    case .keyword(let text), .text(let text): hasher.combine(text.exact)
    case .keywordSet(let words): hasher.combine(words.map(\.exact))
    }
  }
}
