/// The collections that a caller sees.
package struct CollectionScope: Hashable, Sendable {
  /// Names, and beginnings of names with `*` behind; `nil`: every collection.
  private let patterns: [String]?

  /// Every collection.
  package static let all = CollectionScope(patterns: nil)

  private init(patterns: [String]?) { self.patterns = patterns }

  /// The collections whose names are these, or begin so where a `*` stands behind.
  package init(_ patterns: [String]) { self.init(patterns: patterns) }

  /// Whether it leaves no collection out.
  package var isAll: Bool { patterns == nil }

  /// Whether the caller sees a collection.
  package func sees(_ name: String) -> Bool {
    guard let patterns else { return true }
    return patterns.contains { $0.last == "*" ? name.hasPrefix($0.dropLast()) : $0 == name }
  }
}
