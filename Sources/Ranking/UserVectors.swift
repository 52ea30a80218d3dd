/// A query's vectors of its shopper: the vector to search by and the network's inputs.
package struct UserVectors: Hashable, Sendable {
  /// Query embedding `[d]`, multiplied with item embeddings on the shards.
  package var query: [Float]
  /// User vector `[u]`, an input of the network.
  package var vector: [Float]
  /// Profile inputs `[p]`.
  package var profile: [Float]
  /// What the shopper has had, where the model reads it.
  package var owned = OwnedItems()
  /// What a table of neighbours adds to the inner products of items, by their ids; empty without such a table.
  package var neighbours: [UInt64: Float] = [:]
  /// The line of the logits of a stranger without a session; `nil`: logits are taken as they are.
  package var scaling: LogitScaling?

  package init(query: [Float], vector: [Float], profile: [Float]) {
    self.query = query
    self.vector = vector
    self.profile = profile
  }
}
