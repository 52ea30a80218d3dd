/// How a text tower learns.
package struct TextTrainingOptions: Sendable, Equatable {
  package var dimension = 64
  /// Rows of the table, a power of two.
  package var rowCount = 1 << 17
  package var batchSize = 256
  /// What inner products of unit vectors are divided by.
  package var temperature: Float = 0.07
  /// Items a step that every query is told apart from, drawn from all alike.
  package var negatives = 256
  /// Passes through the items, whose own words are the queries.
  package var titlePasses = 4
  /// Passes through what was searched for and found.
  package var pairPasses = 6
  /// Share of the queries of such a pass that are items' own words, so that rare words stay known.
  package var titleShare = 0.3
  package var learningRate: Float = 0.02
  /// How probably a word of a drawn query is misspelt.
  package var editShare = 0.15
  package var seed: UInt64 = 1
  package var threads = 1

  package init() {}

  /// Items a query that it is told apart from since they were found wanting.
  static let hardMax = 2
  /// What the learning rate is multiplied by where it learns from pairs.
  static let pairRate: Float = 0.6
}
