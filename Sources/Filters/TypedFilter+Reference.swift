package import Vocabulary

extension TypedFilter {
  /// Whether an item's attributes pass: the slow twin of the compiled filter.
  ///
  /// - Parameter attributes: One entry per attribute of the schema, in its order; `nil` is missing.
  package func matches(_ attributes: [AttributeValue?]) -> Bool {
    switch self {
    case .and(let children): children.allSatisfy { $0.matches(attributes) }
    case .or(let children): children.contains { $0.matches(attributes) }
    case .not(let child): !child.matches(attributes)
    case .predicate(let column, let test, let isNegated):
      if attributes.indices.contains(column), let value = attributes[column] {
        test.passes(value) != isNegated
      } else {
        false
      }
    }
  }
}

extension TypedFilter.Test {
  fileprivate func passes(_ value: AttributeValue) -> Bool {
    switch (self, value) {
    case (.any, _): true
    case (.int(let range), .int(let value)): range.contains(value)
    case (.intAmong(let values), .int(let value)): values.contains(value)
    case (.float(let range), .float(let value)): range.contains(value)
    case (.floatAmong(let values), .float(let value)): values.contains(value)
    case (.keywordAmong(let keywords), .keyword(let value)): keywords.contains(value.exact)
    case (.keywordAmong(let keywords), .keywordSet(let members)):
      members.contains { keywords.contains($0.exact) }
    case (.bool(let wanted), .bool(let value)): wanted == value
    default: false
    }
  }
}
