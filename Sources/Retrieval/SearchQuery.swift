package import Filters
package import Vocabulary

/// A query as a shard gets it.
package struct SearchQuery: Sendable {
  /// `[d]`
  package var vector: [Float]
  /// How many candidates at most, 1…10,000.
  package var limit: Int
  /// Return only candidates that come behind this one.
  package var after: Candidate?
  package var filter: TypedFilter?
  package var exclude: ExcludeSet
  package var mask: (any RowMask)?

  /// A query for the best `limit` items.
  package init(
    vector: [Float], limit: Int, after: Candidate? = nil, filter: TypedFilter? = nil,
    exclude: ExcludeSet = ExcludeSet(), mask: (any RowMask)? = nil
  ) {
    self.vector = vector
    self.limit = limit
    self.after = after
    self.filter = filter
    self.exclude = exclude
    self.mask = mask
  }
}
