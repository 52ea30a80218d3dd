package import DataSets
import Kernels
package import Ranking
import Text
import Towers
import Vocabulary

/// A model of texts alone, for a shop without a log: its items are found by their words and by what these mean, and ordered
/// by both scores.
package struct TextModel: Sendable {
  /// The files that servers and feeds read, by their names, in the order in which to write them.
  package let files: [(name: String, bytes: [UInt8])]

  /// - Parameters:
  ///   - texts: Without behaviour.
  ///   - data: Without events; its items go along.
  ///   - storage: How vectors are stored.
  package init(
    name: String, _ texts: ModelTexts, _ data: DataSet, _ record: TrainingRecord, _ storage: TensorStorage
  ) throws(ModelError) {
    let (dimension, ids) = (texts.settings.embeddingDimension, data.catalogue.ids)
    guard
      let schema = CollectionSchema(
        embeddingDimension: dimension, rerankDimension: 0, attributes: data.catalogue.definitions
      )?.searched(by: texts.searchSettings),
      let read = CollectionSchema(embeddingDimension: dimension, rerankDimension: 0, attributes: [])
    else { throw ModelError(.schema, "attributes", .outOfRange, "names or number of attributes, or the dimension") }
    // A model needs a network: one neuron, which passes the retrieval score on.
    let manifest = try Manifest(
      name: name, collection: read, userDimension: 0, usesUser: false, usesItem: false, usesProduct: false,
      usesDot: false, attributeFeatures: [.retrievalScore(Normalisation(), within: nil)], contextFeatures: [],
      layers: [.init(out: 1, activation: .none)], search: texts.settings)
    var weights = SafetensorsWriter()
    weights.add("layers.0.weight", [1], shape: [1, 1])
    weights.add("layers.0.bias", [0], shape: [1])
    var items = SafetensorsWriter()
    items.add("id", ids.map(\.rawValue))
    items.add("embedding", TrainedModel.values(texts.vectors), shape: [ids.count, dimension], as: storage)
    files =
      data.files(nil) + [
        ("weights.safetensors", weights.file()), ("items.safetensors", items.file()), ("schema.json", schema.json),
        ("training.json", record.json), ("lexicon.bin", texts.lexicon.bytes),
        ("text.safetensors", texts.file(storage)), ("manifest.json", manifest.json),
      ]
  }
}
