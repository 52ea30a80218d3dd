package import DataSets
package import Ranking
import Vocabulary

/// The files of a model directory: what is served, what is fed, and what a warm start needs.
package struct ModelDirectory: Sendable {
  /// By their names, in the order in which to write them.
  package let files: [(name: String, bytes: [UInt8])]

  /// - Parameters:
  ///   - data: What the model was trained on; its log and dictionaries go along, so that training can go on.
  ///   - plan: What the network reads when it is served; `nil` if it reads no features.
  ///   - counted: The log that popularity is made of, if not all of it may be known.
  ///   - segment: The attribute of users whose words are the segments of cold start.
  ///   - weights: How weights and vectors are stored where servers read them.
  package init(
    _ model: TrainedModel, _ tower: RetrievalTower, _ data: DataSet, plan: FeaturePlan?, counted: Interactions? = nil,
    segment: String?, coldStart: ColdStart.Options = ColdStart.Options(),
    _ record: TrainingRecord, weights: TensorStorage, vectors: TensorStorage
  ) throws(ModelError) {
    let catalogue = plan?.catalogue ?? data.catalogue
    let served = try model.files(
      weights: weights, vectors: vectors,
      coldStart: try ColdStart(data, counted: counted, coldStart, segment: segment))
    let collection = try model.manifest().collection
    guard
      let schema = CollectionSchema(
        embeddingDimension: collection.embeddingDimension, rerankDimension: collection.rerankDimension,
        attributes: catalogue.definitions)?.searched(by: model.texts?.searchSettings)
    else { throw ModelError(.schema, "attributes", .outOfRange, "names or number of attributes") }
    var checkpoint = SafetensorsWriter()
    var learned = model
    (learned.tower, learned.texts) = (nil, nil)
    let exact = try learned.files()
    try checkpoint.add(exact.users, of: .users, prefix: "users.")
    try checkpoint.add(exact.items, of: .items, prefix: "items.")
    try checkpoint.add(exact.weights, of: .weights, prefix: "weights.")
    tower.history?.write(to: &checkpoint)
    if let texts = model.texts { TextStart.write(texts, to: &checkpoint) }
    files =
      data.files(nil, catalogue: catalogue) + [
        ("weights.safetensors", served.weights), ("users.safetensors", served.users),
        ("items.safetensors", served.items), ("schema.json", schema.json),
        ("checkpoint.safetensors", checkpoint.file()), ("training.json", record.json),
      ]
      + [("tower.safetensors", served.tower), ("lexicon.bin", served.lexicon), ("text.safetensors", served.text)]
      .compactMap { name, bytes in bytes.map { (name, $0) } } + [("manifest.json", served.manifest)]
  }
}
