import Bytes
package import DataSets
package import Vocabulary

/// The content of `training.json`: how a model was trained, and its figures; equal runs give equal bytes.
package struct TrainingRecord: Sendable, Codable, Equatable {
  /// The data that a model was trained on.
  package struct Data: Sendable, Codable, Equatable {
    package let events, users, items: Int
    /// CRC32C of the events' users, items, weights and times.
    package let checksum: UInt32

    package init(_ log: Interactions) {
      events = log.count
      users = log.userCount
      items = log.itemCount
      var bytes = ByteWriter(reservingCapacity: log.count * 20)
      bytes.write(array: log.users)
      bytes.write(array: log.items)
      bytes.write(floats: log.weights)
      bytes.write(array: log.times)
      checksum = CRC32C.checksum(bytes.bytes)
    }
  }

  var format = "winnow-training"
  var version = 1
  /// By the names of the flags.
  package let settings: [String: String]
  package let data: Data
  /// `nil` where more than one log was learned from.
  package var heldOut: HoldOut?
  /// Held-out events by retrieval alone and after re-ranking, over the tower that does not know them.
  package var retrieval, reranked: RankFigures?
  /// The same events where nothing is known of their users.
  package var strangers: StrangerFigures?
  package var epochs: [EpochRecord] = []
  package var bestEpoch: Int?
  /// `finished`, `stopped early` or `interrupted`.
  package var ending = ""
  /// Whether the tower was fitted once more with the held-out events.
  package var refitted = false
  /// Whether users have vectors of a history in which the held-out events stand, although nothing was learned from
  /// them; `nil` if not.
  package var folded: Bool?
  /// How the inputs of features are made, for a later run; `nil` if there are none.
  package var features: FeatureRecipe?
  /// How search by words was fitted; `nil` if the model knows no texts.
  package var search: SearchRecord?
  /// The features of items that a history tower knows, in its order; `nil` if it reads none.
  package var content: [ExactText]?

  package init(settings: [String: String], data: Data) {
    self.settings = settings
    self.data = data
  }

  /// The attributes whose words `content` has.
  var contentAttributes: [String] { (settings["content"] ?? "").split(separator: ",").map(String.init) }

  /// The epochs alone, as `--history` writes them.
  package var historyJSON: [UInt8] { DataSetJSON.encode(["epochs": epochs]) }

  /// The content of the file.
  package var json: [UInt8] { DataSetJSON.encode(self) }

  /// Reads a file.
  package init(_ file: String, json: [UInt8]) throws(DataError) {
    self = try DataSetJSON.decode(Self.self, json, file)
    guard format == "winnow-training", version == 1 else {
      throw DataError(file, .malformed, "another format or version", advice: "train the model again with this version")
    }
  }
}
