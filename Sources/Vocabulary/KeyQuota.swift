/// How much a key may ask for in each second, and how many connections it may hold; `nil`: as much as there is room for.
package struct KeyQuota: Hashable, Sendable {
  /// What is counted.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// RANK and SUGGEST.
    case queries
    /// Items and events that were written.
    case items
    /// Rows that searches went through, times the dimension, in millions.
    case work
  }

  private var rates: [Kind: Int] = [:]
  /// How many connections it may hold at one time.
  package var connections: Int?

  /// No limit.
  package init() {}

  /// How much there is of a kind in a second.
  package subscript(kind: Kind) -> Int? {
    get { rates[kind] }
    set { rates[kind] = newValue }
  }

  /// Whether nothing is limited.
  package var isEmpty: Bool { rates.isEmpty && connections == nil }
}
