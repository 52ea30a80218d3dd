import Towers
import Vocabulary

/// The section `tower` of a manifest; the dimension of its vectors stands elsewhere there.
struct TowerDocument: Codable {
  /// The words of the kinds.
  private enum Kind: String, CaseIterable {
    case als, history, neighbours, softmax
  }

  /// Most kinds of events with a weight.
  private static let weightsMax = 64
  private static let common = ["kind", "weights", "cut", "length"]

  private let settings: TowerSettings

  init(_ settings: TowerSettings) { self.settings = settings }

  /// The settings with the dimension of their vectors.
  func settings(dimension: Int) -> TowerSettings {
    guard case .history(var shape) = settings.kind else { return settings }
    shape.dimension = dimension
    return TowerSettings(.history(shape), weights: settings.weights, cut: settings.cut)
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: AnyKey.self)
    let kind: TowerSettings.Kind
    switch try fields.word("kind", Kind.self) {
    case .als:
      _ = try decoder.strictFields(Self.common + ["alpha", "lambda", "items"])
      kind = .als(
        .init(
          alpha: try fields.float("alpha"), lambda: try fields.float("lambda"),
          itemCount: try fields.integer("items", in: 0...Int(UInt32.max)),
          length: try fields.integer("length", in: 0...Limits.sessionItemsMax)))
    case .history:
      // Which of them an encoder can have, the shape's own check says.
      let sizes = 0...Int(UInt32.max)
      _ = try decoder.strictFields(Self.common + ["encoder", "mixed", "decay", "heads", "blocks"])
      kind = .history(
        TowerShape(
          dimension: 1, encoder: try fields.word("encoder", TowerShape.Encoder.self),
          isMixed: try fields.decodeIfPresent(Bool.self, forKey: "mixed") ?? false, decay: try fields.float("decay"),
          length: try fields.integer("length", in: sizes),
          heads: try fields.integer("heads", in: sizes, default: 1),
          blocks: try fields.integer("blocks", in: sizes, default: 1)))
    case .neighbours: kind = .neighbours(try Self.reading(decoder, fields))
    case .softmax: kind = .softmax(try Self.reading(decoder, fields))
    }
    settings = TowerSettings(
      kind, weights: try Self.weights(fields),
      cut: fields.contains("cut") ? Int64(try fields.integer("cut", in: .min ... .max)) : nil)
  }

  /// How a table of neighbours, or vectors made of one, are read.
  private static func reading(
    _ decoder: any Decoder, _ fields: KeyedDecodingContainer<AnyKey>
  ) throws -> NeighbourTable.Settings {
    _ = try decoder.strictFields(common + ["decay"])
    return NeighbourTable.Settings(
      decay: try fields.float("decay"), length: try fields.integer("length", in: 1...Limits.sessionItemsMax))
  }

  private static func weights(_ fields: KeyedDecodingContainer<AnyKey>) throws -> [String: Float] {
    guard fields.contains("weights") else { return [:] }
    let container = try fields.nestedContainer(keyedBy: AnyKey.self, forKey: "weights")
    var weights: [String: Float] = [:]
    for key in container.allKeys {
      let weight = try container.float(key)
      guard weight >= 0, weights.count < weightsMax, isName(key.stringValue) else {
        throw FieldError(
          container.codingPath + [key], .outOfRange,
          "at most \(weightsMax) kinds, named by a-z 0-9 _ -, with weights from 0")
      }
      weights[key.stringValue] = weight
    }
    return weights
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: AnyKey.self)
    switch settings.kind {
    case .als(let equations):
      try fields.encode(Kind.als.rawValue, forKey: "kind")
      try fields.encode(Double(equations.alpha), forKey: "alpha")
      try fields.encode(Double(equations.lambda), forKey: "lambda")
      try fields.encode(equations.itemCount, forKey: "items")
      try fields.encode(equations.length, forKey: "length")
    case .history(let shape):
      try fields.encode(Kind.history.rawValue, forKey: "kind")
      try fields.encode(shape.encoder.rawValue, forKey: "encoder")
      try fields.encode(shape.isMixed, forKey: "mixed")
      try fields.encode(Double(shape.decay), forKey: "decay")
      try fields.encode(shape.length, forKey: "length")
      try fields.encode(shape.heads, forKey: "heads")
      try fields.encode(shape.blocks, forKey: "blocks")
    case .neighbours(let reading), .softmax(let reading):
      let kind = if case .softmax = settings.kind { Kind.softmax } else { Kind.neighbours }
      try fields.encode(kind.rawValue, forKey: "kind")
      try fields.encode(Double(reading.decay), forKey: "decay")
      try fields.encode(reading.length, forKey: "length")
    }
    if !settings.weights.isEmpty {
      var weights = fields.nestedContainer(keyedBy: AnyKey.self, forKey: "weights")
      for (word, weight) in settings.weights { try weights.encode(Double(weight), forKey: AnyKey(stringValue: word)) }
    }
    try fields.encodeIfPresent(settings.cut, forKey: "cut")
  }
}

extension Manifest {
  /// The greatest dimension at which the equations of alternating least squares are solved at a query.
  package static let alsDimensionMax = 512

  func checkTower() throws(ModelError) {
    guard tower == nil || foldedDimension > 0 else {
      throw ModelError(.manifest, "text.behaviour", .outOfRange, "a tower folds vectors of behaviour, here are none")
    }
    switch tower?.kind {
    case .als(let equations):
      guard foldedDimension <= Self.alsDimensionMax else {
        throw ModelError(
          .manifest, "tower.kind", .outOfRange, "als folds in up to \(Self.alsDimensionMax) dimensions, here are more")
      }
      guard equations.alpha >= 0, equations.lambda >= 0 else {
        throw ModelError(.manifest, "tower.lambda", .outOfRange, "alpha and lambda are 0 or more")
      }
    case .history(let shape):
      do throws(TowerShapeError) { try shape.check() } catch {
        throw ModelError(.manifest, "tower.\(error.field.rawValue)", .outOfRange, error.detail)
      }
    case .neighbours(let reading), .softmax(let reading):
      guard reading.decay >= 0, reading.decay <= 1 else {
        throw ModelError(.manifest, "tower.decay", .outOfRange, "must be 0 to 1")
      }
      guard search == nil else {
        throw ModelError(.manifest, "tower.kind", .outOfRange, "such a tower does not stand beside search by words")
      }
      let isTable = if case .neighbours = tower?.kind { true } else { false }
      let d = collection.embeddingDimension
      guard isTable ? d == NeighbourTable.dimension : d >= 3 && d % 2 == 1 else {
        throw ModelError(
          .manifest, "collection.embedding_dimension", .wrongShape,
          isTable ? "\(d), a table of neighbours stands beside 1" : "\(d), two vectors and a bias are odd, 3 or more")
      }
    case nil: break
    }
  }

  func checkRenewal() throws(ModelError) {
    guard let renewal else { return }
    let field = "user.renewal.inputs"
    guard tower != nil else {
      throw ModelError(.manifest, "user.renewal", .missing, "a profile is renewed where the model has a tower")
    }
    guard renewal.inputs.count <= profileDimension else {
      throw ModelError(
        .manifest, field, .wrongShape, "\(renewal.inputs.count) inputs, the profile has \(profileDimension)")
    }
    for (place, input) in renewal.inputs.enumerated() {
      let field = "\(field)[\(place)]"
      guard profileNames.isEmpty || profileNames[place].exact == input.name.exact else {
        throw ModelError(.manifest, field, .wrongShape, "it makes \(input.name), not \(profileNames[place])")
      }
      guard let attribute = input.attribute else { continue }
      guard let type = collection.attributes.first(where: { $0.name == attribute })?.type else {
        throw ModelError(.manifest, "\(field).attribute", .missing, "collection.attributes has no \(attribute)")
      }
      guard input.types.contains(type) else {
        throw ModelError(
          .manifest, "\(field).attribute", .wrongType, "\(attribute) is \(type.word), which this kind cannot read")
      }
    }
  }
}
