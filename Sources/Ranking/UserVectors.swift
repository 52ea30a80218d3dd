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

  package init(query: [Float], vector: [Float], profile: [Float]) {
    self.query = query
    self.vector = vector
    self.profile = profile
  }
}
