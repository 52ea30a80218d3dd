package import Kernels
package import Ranking
package import Vocabulary

/// The items' attributes, by the same dense index as in `Interactions`.
package struct Catalogue: Sendable {
  /// `[items]`, each once.
  package let ids: [ItemID]
  package let definitions: [AttributeDefinition]
  /// A column an attribute, `[items]` each; `nil` is missing.
  package let columns: [[AttributeValue?]]

  /// - Precondition: Columns as long as the ids, one for each definition.
  package init(ids: [ItemID], definitions: [AttributeDefinition] = [], columns: [[AttributeValue?]] = []) {
    precondition(columns.count == definitions.count && columns.allSatisfy { $0.count == ids.count }, "[items] a column")
    self.ids = ids
    self.definitions = definitions
    self.columns = columns
  }

  /// The inputs that a network reads of each item, `[items, a]`, made by serving's own assembler.
  ///
  /// - Throws: What a manifest with these features would be refused for.
  package func inputs(_ features: [AttributeFeature], kernels: KernelSet = KernelSet()) throws(ModelError)
    -> FloatMatrix
  {
    guard let schema = CollectionSchema(embeddingDimension: 1, rerankDimension: 0, attributes: definitions) else {
      throw ModelError(.schema, "attributes", .outOfRange, "names or number of attributes")
    }
    let manifest = try Manifest(
      name: "attributes", collection: schema, userDimension: 0, usesUser: false, usesItem: false, usesProduct: false,
      usesDot: false, attributeFeatures: features, contextFeatures: [], layers: [.init(out: 1, activation: .none)])
    let assembler = FeatureAssembler(manifest, kernels: kernels)
    let needed = assembler.attributeNames.compactMap { name in definitions.firstIndex { $0.name == name } }
    let query = assembler.prepare(
      CandidateInputs(
        retrievalScores: [Float](repeating: 0, count: ids.count), reranks: [], columns: needed.map { columns[$0] }),
      user: UserVectors(query: [0], vector: [], profile: []), context: [:])
    let inputs = FloatMatrix(rows: ids.count, columns: manifest.candidateInputCount)
    assembler.assemble(query, rows: 0..<ids.count, into: inputs)
    return inputs
  }
}
