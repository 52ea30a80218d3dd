package import Towers

/// Some queries, and the items that each is to be told apart among.
package struct TextBatch: Sendable {
  package var queries: [TextFeatures] = []
  /// How much each counts.
  package var weights: [Float] = []
  /// The features of the items: first those of the queries, in their order, then others.
  package var items: [TextFeatures] = []
  /// Which items they are.
  package var numbers: [UInt32] = []

  package init() {}

  /// Adds a query with its item, before any other items.
  package mutating func add(_ query: TextFeatures, _ item: TextFeatures, number: UInt32, weight: Float) {
    precondition(items.count == queries.count, "queries come before other items")
    queries.append(query)
    weights.append(weight)
    items.append(item)
    numbers.append(number)
  }

  /// Adds an item of no query.
  package mutating func add(_ item: TextFeatures, number: UInt32) {
    items.append(item)
    numbers.append(number)
  }
}
