package import Text

/// Something that was searched for and found.
package struct TextPair: Sendable {
  /// The terms of the query.
  package let query: [Term]
  package let item: UInt32
  /// How much the pair counts.
  package let weight: Float
  /// Items that did not fit the query.
  package let bad: [UInt32]

  package init(query: [Term], item: UInt32, weight: Float, bad: [UInt32] = []) {
    (self.query, self.item, self.weight, self.bad) = (query, item, weight, bad)
  }
}
