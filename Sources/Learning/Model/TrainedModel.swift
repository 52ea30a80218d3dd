package import Kernels
package import Ranking
package import Towers
package import Vocabulary

/// A retrieval tower and a ranking network under the ids of a shop: what is exported, served, and trained further.
package struct TrainedModel: Sendable {
  package var name: String
  /// `[users]` and `[items]`, in the order of the indices; each once.
  package let userIDs: [UserID]
  package let itemIDs: [ItemID]
  /// The retrieval tower, `[users, d]` and `[items, d]`.
  package let queries, embeddings: FloatMatrix
  package let network: RankingNetwork
  /// The attributes that the network reads, and how; none if it reads none.
  package let definitions: [AttributeDefinition]
  package let attributeFeatures: [AttributeFeature]
  package let contextFeatures: [ContextFeature]
  /// The name of each input of the profiles; empty if they have none.
  package let profileNames: [String]
  /// What folds newer events in when the model serves; `nil`: nothing does.
  package var tower: Tower?
  /// What makes the logits of strangers hold.
  package var strangers: LogitScaling?
  /// The events that the model has learned from; needed with a tower.
  package var known: KnownEvents?
  /// How newer events renew the first inputs of profiles, and what stands behind the inputs of each user, `[users, p]`;
  /// read only with a tower.
  package var renewal: (rules: ProfileRenewal, weights: FloatMatrix)?
  /// What it knows of texts; `nil`: it searches by behaviour alone.
  package var texts: ModelTexts?

  /// - Parameters:
  ///   - network: If it reads a retrieval score, then that of `queries` and `embeddings`.
  ///   - definitions: Of the attributes that `attributeFeatures` name.
  ///   - attributeFeatures: What the network's attribute inputs were made by, crosses last.
  package init(
    name: String, userIDs: [UserID], itemIDs: [ItemID], queries: FloatMatrix, embeddings: FloatMatrix,
    network: RankingNetwork, definitions: [AttributeDefinition] = [], attributeFeatures: [AttributeFeature] = [],
    contextFeatures: [ContextFeature] = [], profileNames: [String] = []
  ) {
    precondition(
      queries.rowCapacity == userIDs.count && network.users.rowCapacity == userIDs.count, "a row for each user")
    precondition(
      embeddings.rowCapacity == itemIDs.count && network.items.rowCapacity == itemIDs.count, "a row for each item")
    precondition(
      attributeFeatures.reduce(0) { $0 + $1.width }
        == (network.side.attributes?.columns ?? 0) + network.side.crosses.count
          + (network.side.owned == nil ? 0 : OwnedFeature.width),
      "features and inputs")
    precondition(
      contextFeatures.reduce(0) { $0 + $1.width } == network.side.contexts?.columns ?? 0, "context and inputs")
    self.name = name
    self.userIDs = userIDs
    self.itemIDs = itemIDs
    self.queries = queries
    self.embeddings = embeddings
    self.network = network
    self.definitions = definitions
    self.attributeFeatures = attributeFeatures
    self.contextFeatures = contextFeatures
    self.profileNames = profileNames
  }

  /// The manifest of the model.
  ///
  /// - Throws: If a name or a dimension is not one that a model may have.
  package func manifest(segments: Manifest.Segments? = nil) throws(ModelError) -> Manifest {
    let shape = network.shape
    let renewal = tower == nil ? nil : renewal?.rules
    let read = renewal.map { HistoryReader($0.inputs, decay: $0.decay).attributeNames }
    let needed = Set(attributeFeatures.compactMap(\.attribute) + (read ?? []))
    guard
      let collection = CollectionSchema(
        embeddingDimension: texts?.settings.embeddingDimension ?? embeddings.columns,
        rerankDimension: shape.readsItems ? shape.itemDimension : 0,
        attributes: definitions.filter { needed.contains($0.name) })
    else { throw ModelError(.manifest, "collection", .outOfRange, "dimensions or attributes that no collection has") }
    let score =
      network.side.retrieval.map { [AttributeFeature.retrievalScore($0.normalisation, within: $0.range)] } ?? []
    return try Manifest(
      name: name, collection: collection, userDimension: shape.userDimension,
      profileDimension: network.side.profiles?.columns ?? 0, profileNames: profileNames, segments: segments,
      usesUser: shape.usesUser, usesItem: shape.usesItem,
      usesProduct: shape.usesProduct, usesDot: shape.usesDot, attributeFeatures: score + attributeFeatures,
      contextFeatures: contextFeatures,
      layers: shape.layers.isEmpty ? [.init(out: 1, activation: .sigmoid)] : shape.layers,
      tower: tower?.settings, renewal: renewal, strangers: strangers, search: texts?.settings)
  }
}
