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
  ///   - segment: The attribute of users whose words are the segments of cold start.
  ///   - weights: How weights and vectors are stored where servers read them.
  package init(
    _ model: TrainedModel, _ tower: RetrievalTower, _ data: DataSet, plan: FeaturePlan?, segment: String?,
    coldStart: ColdStart.Options = ColdStart.Options(),
    _ record: TrainingRecord, weights: TensorStorage, vectors: TensorStorage
  ) throws(ModelError) {
    let catalogue = plan?.catalogue ?? data.catalogue
    let served = try model.files(weights: weights, vectors: vectors, coldStart: try ColdStart(data, coldStart, segment: segment))
    let collection = try model.manifest().collection
    guard
      let schema = CollectionSchema(
        embeddingDimension: collection.embeddingDimension, rerankDimension: collection.rerankDimension,
        attributes: catalogue.definitions)
    else { throw ModelError(.schema, "attributes", .outOfRange, "names or number of attributes") }
    var checkpoint = SafetensorsWriter()
    let exact = try model.files()
    try checkpoint.add(exact.users, of: .users, prefix: "users.")
    try checkpoint.add(exact.items, of: .items, prefix: "items.")
    try checkpoint.add(exact.weights, of: .weights, prefix: "weights.")
    if !tower.constant.isEmpty { checkpoint.add("constant", tower.constant, shape: [tower.constant.count]) }
    files =
      data.files(nil, catalogue: catalogue) + [
        ("weights.safetensors", served.weights), ("users.safetensors", served.users),
        ("items.safetensors", served.items), ("schema.json", schema.json),
        ("checkpoint.safetensors", checkpoint.file()), ("training.json", record.json),
        ("manifest.json", served.manifest),
      ]
  }
}
