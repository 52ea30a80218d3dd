package import Kernels
package import Ranking

/// A ranking network's inputs besides the vectors that it learns; none of them is trained.
package struct SideInputs: Sendable {
  /// The retrieval tower whose inner product is an input.
  package struct Retrieval: Sendable {
    /// `[users, d]` and `[items, d]`.
    package let queries, embeddings: FloatMatrix
    package let normalisation: Normalisation

    package init(queries: FloatMatrix, embeddings: FloatMatrix, normalisation: Normalisation) {
      precondition(queries.columns == embeddings.columns, "vectors of one width")
      precondition(!normalisation.takesLog, "a retrieval score has no logarithm")
      self.queries = queries
      self.embeddings = embeddings
      self.normalisation = normalisation
    }
  }

  /// A cross with what every item brings to it, `[items]`.
  package struct ItemCross: Sendable {
    package let cross: any Cross
    package let items: [ItemSide]

    package init(_ cross: any Cross, items: [ItemSide]) {
      self.cross = cross
      self.items = items
    }
  }

  /// An input about items that changed while the log was written.
  package struct Drift: Sendable {
    /// The column of `attributes`, which has what the input is in the end.
    package let column: Int
    /// The values in each period, `[periods · items]`.
    package let values: [Float]

    package init(column: Int, values: [Float]) {
      self.column = column
      self.values = values
    }
  }

  /// Ready inputs about users, `[users, p]`, as the user table serves them.
  package var profiles: FloatMatrix?
  /// Ready inputs about items, `[items, a]`, as `AttributeColumns.inputs` makes them.
  package var attributes: FloatMatrix?
  package var drift: Drift?
  package var crosses: [ItemCross] = []
  /// The different contexts, `[contexts, c]`.
  package var contexts: FloatMatrix?
  /// The moment of every event that is trained on, `[events]`.
  package var events: EventInputs?
  /// The moment in which each user is asked about afterwards, `[users]`; needed if there are contexts.
  package var users: EventInputs?
  package var retrieval: Retrieval?
  /// What users have had, if the network reads it.
  package var owned: OwnedHistory?

  package init(profiles: FloatMatrix? = nil, attributes: FloatMatrix? = nil, retrieval: Retrieval? = nil) {
    self.profiles = profiles
    self.attributes = attributes
    self.retrieval = retrieval
  }

  /// Whether an item was there in the moment of an event, as far as an age says.
  ///
  /// Else every item would be too young for most events at which it was not chosen, and a new item would pass for a bad
  /// one.
  func isThere(_ item: Int, event: Int) -> Bool {
    guard let days = events?.days else { return true }
    for each in crosses {
      if case .number(let start) = each.items[item], start > Double(days[event]) { return false }
    }
    return true
  }
}
