import Towers
import Kernels
import Vocabulary

extension Manifest {
  func checkDimensions() throws(ModelError) {
    guard (1...Self.nameBytesMax).contains(name.utf8.count) else {
      throw ModelError(.manifest, "name", .outOfRange, "1…\(Self.nameBytesMax) bytes of text")
    }
    guard (0...Limits.dimensionMax).contains(userDimension) else {
      throw ModelError(.manifest, "user.vector_dimension", .outOfRange, "0…\(Limits.dimensionMax) is possible")
    }
    guard (0...Limits.dimensionMax).contains(profileDimension) else {
      throw ModelError(.manifest, "user.profile_dimension", .outOfRange, "0…\(Limits.dimensionMax) is possible")
    }
    guard profileNames.isEmpty || profileNames.count == profileDimension else {
      throw ModelError(
        .manifest, "user.profile", .wrongShape, "\(profileNames.count) names for \(profileDimension) inputs")
    }
    guard profileNames.allSatisfy({ (1...Self.nameBytesMax).contains($0.utf8.count) }) else {
      throw ModelError(.manifest, "user.profile", .outOfRange, "a name has 1…\(Self.nameBytesMax) bytes of text")
    }
    guard !profileNames.hasRepeats else {
      throw ModelError(.manifest, "user.profile", .duplicate, "a name stands twice")
    }
    if let segments {
      guard (1...64).contains(segments.name.utf8.count) else {
        throw ModelError(.manifest, "user.segment", .outOfRange, "1…64 bytes of text")
      }
      guard (1...Self.widthMax).contains(segments.words.count),
        segments.words.allSatisfy({ (1...Self.nameBytesMax).contains($0.utf8.count) })
      else {
        throw ModelError(
          .manifest, "user.segments", .outOfRange, "1…\(Self.widthMax) words of 1…\(Self.nameBytesMax) bytes")
      }
      guard !segments.words.hasRepeats else {
        throw ModelError(.manifest, "user.segments", .duplicate, "a word stands twice")
      }
    }
    guard userVectorSource == .table || userDimension == collection.embeddingDimension else {
      throw ModelError(
        .manifest, "user.vector", .wrongShape, "a query as user vector needs vector_dimension = embedding_dimension")
    }
    guard !usesUser || userDimension + profileDimension > 0 else {
      throw ModelError(.manifest, "inputs.user", .wrongShape, "there is no user vector and no profile to use")
    }
    let r = collection.rerankDimension
    guard !usesItem || r > 0 else {
      throw ModelError(.manifest, "inputs.item", .wrongShape, "items have no rerank vector (rerank_dimension is 0)")
    }
    for (uses, field) in [(usesProduct, "inputs.product"), (usesDot, "inputs.dot")] {
      guard !uses || (r > 0 && r == userDimension) else {
        throw ModelError(
          .manifest, field, .wrongShape, "needs user vectors [\(userDimension)] and rerank vectors [\(r)] of one size")
      }
    }
  }

  static func check(
    _ features: [AttributeFeature], of definitions: [AttributeDefinition], profileNames: [String],
    _ contextFeatures: [ContextFeature]
  ) throws(ModelError) {
    guard features.count <= featuresMax else {
      throw ModelError(.manifest, "inputs.attributes", .outOfRange, "at most \(featuresMax)")
    }
    for (index, feature) in features.enumerated() {
      let kind = feature.kind
      guard let attribute = kind.attribute else { continue }
      let field = "inputs.attributes[\(index)]"
      guard let type = definitions.first(where: { $0.name == attribute })?.type else {
        throw ModelError(.manifest, "\(field).attribute", .missing, "collection.attributes has no \(attribute)")
      }
      guard Swift.type(of: kind).types.contains(type) else {
        throw ModelError(
          .manifest, "\(field).attribute", .wrongType, "\(attribute) is \(type.word), which this kind cannot read")
      }
      guard kind.reader(profileNames) != nil else {
        throw ModelError(.manifest, "\(field).profile", .missing, "user.profile has no \(kind.profileNeeded)")
      }
    }
    guard contextFeatures.count <= Limits.contextFeaturesMax else {
      throw ModelError(.manifest, "inputs.context", .outOfRange, "at most \(Limits.contextFeaturesMax)")
    }
    guard Set(contextFeatures.map(\.name)).count == contextFeatures.count else {
      throw ModelError(.manifest, "inputs.context", .duplicate, "a name stands twice")
    }
  }

  static func check(_ layout: InputLayout) throws(ModelError) {
    guard (1...inputsMax).contains(layout.count) else {
      throw ModelError(.manifest, "inputs", .outOfRange, "\(layout.count) inputs, 1…\(inputsMax) are possible")
    }
  }

  func checkLayers() throws(ModelError) {
    try Self.check(layout)
    guard (1...Self.layersMax).contains(layers.count) else {
      throw ModelError(.manifest, "layers", .outOfRange, "\(layers.count) layers, 1…\(Self.layersMax) are possible")
    }
    var parameters = 0
    var inputs = inputCount
    for (index, layer) in layers.enumerated() {
      guard (1...Self.widthMax).contains(layer.out) else {
        throw ModelError(.manifest, "layers[\(index)].out", .outOfRange, "1…\(Self.widthMax) is possible")
      }
      // At most 2^16 · 2^12 for each of 16 layers: no overflow.
      parameters += (inputs + 1) * layer.out
      inputs = layer.out
    }
    guard parameters <= Self.parametersMax else {
      throw ModelError(.manifest, "layers", .outOfRange, "\(parameters) parameters, at most \(Self.parametersMax)")
    }
    let last = layers[layers.count - 1]
    guard last.out == 1 else {
      throw ModelError(.manifest, "layers[\(layers.count - 1)].out", .wrongShape, "the last layer has 1 output")
    }
    guard last.activation == .none || last.activation == .sigmoid else {
      throw ModelError(
        .manifest, "layers[\(layers.count - 1)].activation", .outOfRange,
        "the last activation is none or sigmoid, since ranking is by the logit")
    }
  }

  func checkSearch() throws(ModelError) {
    guard let search else { return }
    guard collection.embeddingDimension == search.embeddingDimension else {
      throw ModelError(
        .manifest, "text.dimension", .wrongShape,
        "embeddings of texts and behaviour have \(search.embeddingDimension) components, not"
          + " \(collection.embeddingDimension)")
    }
  }
}
