package import DataSets
import Kernels
import Names
package import Privacy
package import Ranking
import Towers
import Vocabulary

/// A model made of a private release: nothing in its files depends on a log but by the release.
package struct PrivateModel: Sendable {
  /// The towers that can be made of a release.
  package enum Kind: String, Sendable, CaseIterable {
    /// The table itself, which is served.
    case neighbours
    /// Vectors fitted to the table.
    case softmax
  }

  /// The files that servers and feeds read, by their names, in the order in which to write them.
  package let files: [(name: String, bytes: [UInt8])]

  /// - Parameters:
  ///   - network: What re-ranks; `nil`: the order of retrieval stays.
  ///   - vectors: How vectors are fitted, for `softmax`.
  ///   - settings: Of the training, by the names of its flags.
  package init(
    name: String, _ items: PublicItems, _ release: NeighbourRelease, _ settings: NeighbourSettings, _ kind: Kind,
    network: PrivateNetworkFit? = nil, vectors: SoftmaxVectors.Options, _ privacy: PrivacyStatement,
    flags: [String: String]
  ) throws(ModelError) {
    let ids = items.dictionary.ids
    let tower: Tower
    let (embeddings, width): ([Float], Int)
    switch kind {
    case .neighbours:
      tower = .neighbours(release.table(ids: ids, settings))
      (embeddings, width) = (release.popularity, NeighbourTable.dimension)
    case .softmax:
      width = 2 * vectors.dimension + 1
      tower = .softmax(dimension: width)
      embeddings = SoftmaxVectors(release, settings, vectors).embeddings
    }
    let catalogue = network?.inputs.catalogue ?? items.catalogue
    let features = network?.inputs.features ?? [.retrievalScore(Normalisation(), within: nil)]
    let reads = Set(features.compactMap { $0.attribute?.exact })
    guard
      let schema = CollectionSchema(
        embeddingDimension: width, rerankDimension: 0, attributes: catalogue.definitions),
      let read = CollectionSchema(
        embeddingDimension: width, rerankDimension: 0,
        attributes: catalogue.definitions.filter { reads.contains($0.name.exact) })
    else { throw ModelError(.schema, "attributes", .outOfRange, "names or number of attributes, or the dimension") }
    let manifest = try Manifest(
      name: name, collection: read, userDimension: 0, usesUser: false, usesItem: false, usesProduct: false,
      usesDot: false, attributeFeatures: features, contextFeatures: [],
      layers: (network == nil ? [] : [.init(out: PrivateNetwork.hidden, activation: .relu)])
        + [.init(out: 1, activation: .none)], tower: tower.settings, privacy: privacy)
    // Without a network, one neuron that passes the retrieval score on.
    let layers = network?.network.layers ?? [(weights: [1], biases: [0])]
    var weights = SafetensorsWriter()
    for (number, layer) in layers.enumerated() {
      let out = layer.biases.count
      weights.add("layers.\(number).weight", layer.weights, shape: [out, layer.weights.count / out])
      weights.add("layers.\(number).bias", layer.biases, shape: [out])
    }
    var vectors = SafetensorsWriter()
    vectors.add("id", ids)
    vectors.add("embedding", embeddings, shape: [ids.count, width])
    var counts = SafetensorsWriter()
    counts.add("id", ids)
    counts.add("count", ids.indices.map { Float(release.counts.value($0)) }, shape: [ids.count])
    files = [
      ("items.dict", items.dictionary.bytes),
      ("items.jsonl", DataSet.lines(ids, catalogue.definitions, catalogue.columns)),
      ("weights.safetensors", weights.file()), ("items.safetensors", vectors.file()),
      ("counts.safetensors", counts.file()), ("tower.safetensors", tower.file), ("schema.json", schema.json),
      ("training.json", PrivateRecord(settings: flags, privacy: privacy).json), ("manifest.json", manifest.json),
    ]
  }
}

/// The content of a private model's `training.json`: nothing of the log, except what the holder alone has.
package struct PrivateRecord: Codable, Sendable {
  var format = "winnow-training"
  var version = 1
  let settings: [String: String]
  let privacy: PrivacyStatement
  /// What was held out; in the holder's record alone, since it counts the log's events.
  package var heldOut: HoldOut?
  /// Whether the events that chose the settings were learned from in the end; in the holder's record alone.
  package var refitted: Bool?
  /// The number of users whose sums broke the bound and were left out; in the holder's record alone.
  package var leftOut: Int?

  package init(settings: [String: String], privacy: PrivacyStatement) {
    (self.settings, self.privacy) = (settings, privacy)
  }

  /// The content of the file.
  package var json: [UInt8] { DataSetJSON.encode(self) }
}
