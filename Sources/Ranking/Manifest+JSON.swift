import Kernels
import Towers
import Vocabulary

extension Manifest {
  /// Reads and checks a manifest.
  ///
  /// - Throws: An error of the file `manifest.json` that names the field.
  package static func read(json: [UInt8]) throws(ModelError) -> Manifest {
    guard json.count <= bytesMax else {
      throw ModelError(.manifest, "", .outOfRange, "\(json.count) bytes, at most \(bytesMax)")
    }
    let document = try StrictJSON.decode(Document.self, from: json, of: .manifest)
    return try Manifest(
      name: document.name, collection: document.collection.schema, userDimension: document.user.vectorDimension,
      userVectorSource: document.user.vector, profileDimension: document.user.profileDimension,
      profileNames: document.user.profile, segments: try document.user.segments(), usesUser: document.inputs.user,
      usesItem: document.inputs.item,
      usesProduct: document.inputs.product,
      usesDot: document.inputs.dot, attributeFeatures: document.inputs.attributes,
      contextFeatures: document.inputs.context, layers: document.layers, arithmetic: document.arithmetic,
      tower: document.tower?.settings(
        dimension: document.text?.settings.behaviour ?? document.collection.schema.embeddingDimension),
      renewal: document.user.renewal, strangers: document.user.strangers, search: document.text?.settings,
      privacy: document.privacy)
  }

  /// The manifest as the text of its file.
  package var json: [UInt8] { StrictJSON.encode(Document(self)) }
}

/// The JSON form of a manifest.
private struct Document: Codable {
  let name: String
  let collection: SchemaDocument
  let user: User
  let inputs: Inputs
  let layers: [Manifest.Layer]
  let arithmetic: Arithmetic
  let tower: TowerDocument?
  let text: SearchDocument?
  let privacy: PrivacyStatement?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case format, version, name, collection, user, inputs, layers, arithmetic, tower, text, privacy
  }

  init(_ manifest: Manifest) {
    name = manifest.name
    collection = SchemaDocument(manifest.collection)
    user = User(
      vectorDimension: manifest.userDimension, vector: manifest.userVectorSource,
      profileDimension: manifest.profileDimension, profile: manifest.profileNames,
      segment: manifest.segments?.name, segmentWords: manifest.segments?.words ?? [],
      renewal: manifest.renewal, strangers: manifest.strangers)
    inputs = Inputs(
      user: manifest.usesUser, item: manifest.usesItem, product: manifest.usesProduct, dot: manifest.usesDot,
      attributes: manifest.attributeFeatures, context: manifest.contextFeatures)
    layers = manifest.layers
    arithmetic = manifest.arithmetic
    tower = manifest.tower.map(TowerDocument.init)
    text = manifest.search.map(SearchDocument.init)
    privacy = manifest.privacy
  }

  init(from decoder: any Decoder) throws {
    // Format and version come first: a newer file's unknown keys are not its fault.
    let head = try decoder.container(keyedBy: CodingKeys.self)
    guard try head.decode(String.self, forKey: .format) == Manifest.formatWord else {
      throw FieldError([CodingKeys.format], .unknown, "known here: \(Manifest.formatWord)")
    }
    guard try head.decode(Int.self, forKey: .version) == Manifest.version else {
      throw FieldError([CodingKeys.version], .unknown, "known here: \(Manifest.version)")
    }
    let container = try decoder.strictContainer(CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    collection = try container.decode(SchemaDocument.self, forKey: .collection)
    user = try container.decode(User.self, forKey: .user)
    inputs = try container.decode(Inputs.self, forKey: .inputs)
    layers = try container.decode([Manifest.Layer].self, forKey: .layers)
    arithmetic =
      container.contains(.arithmetic) ? try container.word(.arithmetic, Arithmetic.self) : .float32
    tower = try container.decodeIfPresent(TowerDocument.self, forKey: .tower)
    text = try container.decodeIfPresent(SearchDocument.self, forKey: .text)
    privacy = try container.decodeIfPresent(PrivacyStatement.self, forKey: .privacy)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Manifest.formatWord, forKey: .format)
    try container.encode(Manifest.version, forKey: .version)
    try container.encode(name, forKey: .name)
    try container.encode(collection, forKey: .collection)
    try container.encode(user, forKey: .user)
    try container.encode(inputs, forKey: .inputs)
    try container.encode(layers, forKey: .layers)
    if arithmetic != .float32 { try container.encode(arithmetic.rawValue, forKey: .arithmetic) }
    try container.encodeIfPresent(tower, forKey: .tower)
    try container.encodeIfPresent(text, forKey: .text)
    try container.encodeIfPresent(privacy, forKey: .privacy)
  }

  struct User: Codable {
    let vectorDimension: Int
    let vector: Manifest.UserVectorSource
    let profileDimension: Int
    let profile: [String]
    let segment: String?
    let segmentWords: [String]
    let renewal: ProfileRenewal?
    let strangers: LogitScaling?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case vectorDimension = "vector_dimension"
      case vector
      case profileDimension = "profile_dimension"
      case profile, segment
      case segmentWords = "segments"
      case renewal, strangers
    }

    init(
      vectorDimension: Int, vector: Manifest.UserVectorSource, profileDimension: Int, profile: [String],
      segment: String?, segmentWords: [String], renewal: ProfileRenewal?, strangers: LogitScaling?
    ) {
      self.vectorDimension = vectorDimension
      self.vector = vector
      self.profileDimension = profileDimension
      self.profile = profile
      self.segment = segment
      self.segmentWords = segmentWords
      self.renewal = renewal
      self.strangers = strangers
    }

    func segments() throws(ModelError) -> Manifest.Segments? {
      guard let segment else {
        guard segmentWords.isEmpty else {
          throw ModelError(.manifest, "user.segment", .missing, "user.segments needs a name")
        }
        return nil
      }
      return Manifest.Segments(name: segment, words: segmentWords)
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.strictContainer(CodingKeys.self)
      vectorDimension = try container.integer(.vectorDimension, in: 0...Limits.dimensionMax)
      vector = container.contains(.vector) ? try container.word(.vector, Manifest.UserVectorSource.self) : .table
      profileDimension = try container.integer(.profileDimension, in: 0...Limits.dimensionMax, default: 0)
      profile = try container.decodeIfPresent([String].self, forKey: .profile) ?? []
      segment = try container.decodeIfPresent(String.self, forKey: .segment)
      segmentWords = try container.decodeIfPresent([String].self, forKey: .segmentWords) ?? []
      renewal = try container.decodeIfPresent(ProfileRenewal.self, forKey: .renewal)
      strangers = try container.decodeIfPresent(LogitScaling.self, forKey: .strangers)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(vectorDimension, forKey: .vectorDimension)
      try container.encode(vector.rawValue, forKey: .vector)
      try container.encode(profileDimension, forKey: .profileDimension)
      if !profile.isEmpty { try container.encode(profile, forKey: .profile) }
      try container.encodeIfPresent(segment, forKey: .segment)
      if !segmentWords.isEmpty { try container.encode(segmentWords, forKey: .segmentWords) }
      try container.encodeIfPresent(renewal, forKey: .renewal)
      try container.encodeIfPresent(strangers, forKey: .strangers)
    }
  }

  struct Inputs: Codable {
    let user: Bool
    let item: Bool
    let product: Bool
    let dot: Bool
    let attributes: [AttributeFeature]
    let context: [ContextFeature]

    enum CodingKeys: String, CodingKey, CaseIterable {
      case user, item, product, dot, attributes, context
    }

    init(
      user: Bool, item: Bool, product: Bool, dot: Bool, attributes: [AttributeFeature], context: [ContextFeature]
    ) {
      self.user = user
      self.item = item
      self.product = product
      self.dot = dot
      self.attributes = attributes
      self.context = context
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.strictContainer(CodingKeys.self)
      user = try container.decodeIfPresent(Bool.self, forKey: .user) ?? false
      item = try container.decodeIfPresent(Bool.self, forKey: .item) ?? false
      product = try container.decodeIfPresent(Bool.self, forKey: .product) ?? false
      dot = try container.decodeIfPresent(Bool.self, forKey: .dot) ?? false
      attributes = try container.decodeIfPresent([AttributeFeature].self, forKey: .attributes) ?? []
      context = try container.decodeIfPresent([ContextFeature].self, forKey: .context) ?? []
    }
  }
}

extension Manifest.Layer: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case out, activation
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.strictContainer(CodingKeys.self)
    out = try container.integer(.out, in: 1...Manifest.widthMax)
    activation = try container.word(.activation, Activation.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(out, forKey: .out)
    try container.encode(activation.rawValue, forKey: .activation)
  }
}
