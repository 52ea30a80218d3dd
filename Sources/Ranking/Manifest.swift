package import Kernels
package import Towers
package import Vocabulary

/// The inputs and the structure of a model: the content of `manifest.json`.
package struct Manifest: Hashable, Sendable {
  /// One dense layer.
  package struct Layer: Hashable, Sendable {
    /// Number of neurons.
    package let out: Int
    package let activation: Activation

    package init(out: Int, activation: Activation) {
      self.out = out
      self.activation = activation
    }
  }

  /// Where the user vector of the inputs comes from.
  package enum UserVectorSource: String, Sendable, CaseIterable {
    /// The tensor `vector` of the user table.
    case table
    /// The query vector itself, so that u = d.
    case query
  }

  /// Groups of shoppers with vectors of their own, for shoppers who are not in the table.
  package struct Segments: Hashable, Sendable {
    /// The name under which a query's context gives the shopper's segment.
    package let name: String
    /// The segments, all different, in the order of their rows in the table.
    package var words: [String] { exactWords.map(\.text) }
    private let exactWords: [ExactText]

    package init(name: String, words: [String]) {
      self.name = name
      exactWords = words.map(\.exact)
    }
  }

  static let formatWord = "winnow-model"
  static let version = 1
  static let bytesMax = 1 << 20
  static let nameBytesMax = 256
  static let layersMax = 16
  static let widthMax = 4096
  static let featuresMax = 256
  static let inputsMax = 1 << 16
  static let parametersMax = 1 << 28

  package let name: String
  /// Dimensions d and r, and the attributes the model may read; the collection may have more.
  package let collection: CollectionSchema
  /// Dimension u of the user vector.
  package let userDimension: Int
  package let userVectorSource: UserVectorSource
  /// Number of further inputs about the user, ready for use in the table.
  package let profileDimension: Int
  /// The name of each input of the profile, all different; empty if the manifest gives none.
  package let profileNames: [String]
  /// `nil`: there are none.
  package let segments: Segments?
  /// How events renew the first inputs of the profile; `nil`: they do not.
  package let renewal: ProfileRenewal?
  /// The line of the logits of strangers without a session; `nil`: logits are taken as they are.
  package let strangers: LogitScaling?
  package let usesUser: Bool
  package let usesItem: Bool
  package let usesProduct: Bool
  package let usesDot: Bool
  package let attributeFeatures: [AttributeFeature]
  package let contextFeatures: [ContextFeature]
  package let layers: [Layer]
  package internal(set) var arithmetic: Arithmetic
  /// How events are folded into a query vector; `nil`: they are not.
  package let tower: TowerSettings?
  /// What search by words reads; `nil`: the model has no vectors of texts.
  package let search: SearchSettings?
  /// What the model promises to those whose logs it was made of; `nil`: nothing.
  package let privacy: PrivacyStatement?

  /// A manifest of parts that agree.
  ///
  /// - Throws: The same errors as reading it from a file.
  package init(
    name: String, collection: CollectionSchema, userDimension: Int, userVectorSource: UserVectorSource = .table,
    profileDimension: Int = 0, profileNames: [String] = [], segments: Segments? = nil, usesUser: Bool = true,
    usesItem: Bool = true,
    usesProduct: Bool = true, usesDot: Bool = true, attributeFeatures: [AttributeFeature],
    contextFeatures: [ContextFeature], layers: [Layer], arithmetic: Arithmetic = .float32,
    tower: TowerSettings? = nil, renewal: ProfileRenewal? = nil, strangers: LogitScaling? = nil,
    search: SearchSettings? = nil, privacy: PrivacyStatement? = nil
  ) throws(ModelError) {
    self.name = name
    self.collection = collection
    self.userDimension = userDimension
    self.userVectorSource = userVectorSource
    self.profileDimension = profileDimension
    self.profileNames = profileNames
    self.segments = segments
    self.usesUser = usesUser
    self.usesItem = usesItem
    self.usesProduct = usesProduct
    self.usesDot = usesDot
    self.attributeFeatures = attributeFeatures
    self.contextFeatures = contextFeatures
    self.layers = layers
    self.arithmetic = arithmetic
    self.tower = tower
    self.renewal = renewal
    self.strangers = strangers
    self.search = search
    self.privacy = privacy
    try checkDimensions()
    try Self.check(attributeFeatures, of: collection.attributes, profileNames: profileNames, contextFeatures)
    try checkLayers()
    try checkSearch()
    try checkTower()
    try checkRenewal()
  }

  /// Components of the vectors that a tower folds: those of behaviour.
  package var foldedDimension: Int { search?.behaviour ?? collection.embeddingDimension }

  /// The vectors that the network reads.
  package var vectors: VectorInputs {
    VectorInputs(
      user: userDimension, profile: profileDimension, item: collection.rerankDimension, usesUser: usesUser,
      usesItem: usesItem, usesProduct: usesProduct, usesDot: usesDot)
  }

  /// Whether the network reads rerank vectors in some way.
  package var readsItemVectors: Bool { vectors.readsItems }

  /// The first feature that reads what the shopper has had; `nil` if there is none.
  package var owned: OwnedFeature? { attributeFeatures.lazy.compactMap(\.owned).first }

  /// The inputs of the first layer in their order.
  package var layout: InputLayout { InputLayout(vectors, attributeFeatures, contextFeatures) }

  /// Number f of inputs of the first layer.
  package var inputCount: Int { layout.count }

  /// Refuses a collection that does not have what the model reads; more attributes than that are fine.
  package func check(against schema: CollectionSchema) throws(ModelError) {
    guard schema.embeddingDimension == collection.embeddingDimension else {
      throw ModelError(
        .manifest, "collection.embedding_dimension", .wrongShape,
        "\(collection.embeddingDimension), the collection has \(schema.embeddingDimension)")
    }
    guard schema.rerankDimension == collection.rerankDimension else {
      throw ModelError(
        .manifest, "collection.rerank_dimension", .wrongShape,
        "\(collection.rerankDimension), the collection has \(schema.rerankDimension)")
    }
    for (index, needed) in collection.attributes.enumerated() {
      let field = "collection.attributes[\(index)]"
      guard let found = schema.attributeIndex(named: needed.name).map({ schema.attributes[$0] }) else {
        throw ModelError(.manifest, field, .missing, "the collection has no attribute \(needed.name)")
      }
      guard found.type == needed.type else {
        throw ModelError(
          .manifest, field, .wrongType,
          "\(needed.name) is \(needed.type.word) here and \(found.type.word) in the collection")
      }
    }
  }
}
