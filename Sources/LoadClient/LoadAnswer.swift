/// The report of an answer.
package struct LoadAnswer: Sendable {
  /// A phase of the server's work and how long it took.
  package struct Phase: Hashable, Sendable {
    package let name: String
    package let microseconds: UInt64

    /// A phase that took so long.
    package init(_ name: String, microseconds: UInt64) {
      self.name = name
      self.microseconds = microseconds
    }
  }

  /// The share of the collection that was searched, in millionths.
  package var coverage = 1_000_000
  /// Items of the shards that answered, and those that passed the filter.
  package var itemCount: UInt64 = 0
  package var passedCount: UInt64 = 0
  /// Whether all candidates were re-ranked.
  package var isReranked = true
  /// In the order of the server's work, each name once.
  package var phases: [Phase] = []
  /// Items of the answer that were compared with what was written.
  package var quality = QualityTally()

  /// A whole answer.
  package init() {}
}
