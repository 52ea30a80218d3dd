package import DataSets
import Names
package import Ranking
package import Storage
import Towers
import Vocabulary

/// A model directory that is trained further on a newer log: what it was, and both logs as one.
package struct WarmStart: Sendable {
  private static let checkpointBytesMax = 16 << 30
  private static let recordBytesMax = 64 << 20

  package let record: TrainingRecord
  /// The old events, then the new ones; old users and items keep their places.
  package let data: DataSet
  package let oldEventCount: Int
  /// Of the first training.
  package let tower: TowerOptions
  /// What makes the logits of strangers hold.
  package let strangers: LogitScaling?
  /// What it knows of texts; `nil`: it searches by behaviour alone.
  package let texts: TextStart?
  private let files: ModelFiles
  private let checkpoint: SafetensorsFile
  private let oldCatalogue: AttributeColumns
  private let oldUserCount: Int

  /// Reads a directory that a training wrote.
  ///
  /// - Parameters:
  ///   - leastUsers: Users that a word of theirs has at least, else it becomes `other`.
  ///   - until: The newer log may have the old one in it, and what is held out: of its events only those count that are
  ///     newer than all that the model has learned, and older than this, in milliseconds since 1970. `nil`: all count.
  ///   - new: Reads the newer log over the dictionaries of the old one.
  /// - Throws: What is wrong, with the file.
  package init(
    _ directory: String, on disk: some Disk, leastUsers: Int, until: Int64? = nil,
    new: (DataSet, EventWeights) throws(DataError) -> DataSet
  ) throws(DataError) {
    record = try Self.record(of: directory, on: disk)
    guard record.data.events > 0 else {
      throw DataError(
        directory, .conflict, "the model has learned from texts alone, and knows no shoppers to go on with",
        advice: "train the model again, with --text, on the log")
    }
    let weights =
      EventWeights((record.settings["weights"] ?? "").split(separator: ",").map(String.init)) ?? EventWeights()
    let old = try DataSet.read(directory, on: disk, weights: weights).data
    var more = try new(old, weights)
    if let until { more = try Self.part(of: more, behind: old, until: until) }
    data = try old.adding(more).withoutRareWords(leastUsers: leastUsers)
    oldEventCount = old.interactions.count
    oldCatalogue = old.catalogue
    oldUserCount = old.users.count
    func read(_ name: String) throws(DataError) -> [UInt8] {
      try DataError.reading("\(directory)/\(name)", limit: Self.checkpointBytesMax, on: disk)
    }
    let (manifest, checkpoint) = (try read("manifest.json"), try read("checkpoint.safetensors"))
    do throws(ModelError) {
      let file = try SafetensorsFile(checkpoint, as: .checkpoint)
      let described = try Manifest.read(json: manifest)
      strangers = described.strangers
      texts = try described.search.map { (settings) throws(ModelError) in try TextStart(file, settings) }
      files = ModelFiles(
        manifest: manifest, weights: file.part("weights."), users: file.part("users."), items: file.part("items."))
      self.checkpoint = file
    } catch {
      // Terms or a table of another kind: nothing that was learned of these words holds.
      let isOfTexts = error.field.hasPrefix("text.")
      throw DataError(
        "\(directory)/\(error.file.rawValue)", field: error.field, .malformed,
        "\(error.kind.rawValue): \(error.detail)",
        advice: isOfTexts ? "train the model again, with --text, on both logs" : "")
    }
    var tower = TowerOptions()
    let settings = record.settings
    tower.kind = settings["tower"].flatMap { TowerOptions.Kind(rawValue: $0) } ?? tower.kind
    tower.unobservedWeight = settings["unobserved-weight"].flatMap { Float($0) } ?? tower.unobservedWeight
    tower.regularisation = settings["tower-l2"].flatMap { Float($0) }
    tower.learningRate = settings["tower-rate"].flatMap { Float($0) } ?? tower.learningRate
    tower.decay = settings["decay"].flatMap { Float($0) } ?? tower.decay
    tower.encoder = settings["encoder"].flatMap { TowerShape.Encoder(rawValue: $0) } ?? tower.encoder
    tower.isMixed = settings["mixed"] == "true"
    tower.length = settings["tower-length"].flatMap { Int($0) } ?? tower.length
    tower.heads = settings["tower-heads"].flatMap { Int($0) } ?? tower.heads
    tower.blocks = settings["tower-blocks"].flatMap { Int($0) } ?? tower.blocks
    self.tower = tower
  }

  /// How the model of a directory was trained.
  package static func record(of directory: String, on disk: some Disk) throws(DataError) -> TrainingRecord {
    let path = "\(directory)/training.json"
    return try TrainingRecord(path, json: try DataError.reading(path, limit: recordBytesMax, on: disk))
  }

  private static func part(of new: DataSet, behind old: DataSet, until: Int64) throws(DataError) -> DataSet {
    guard new.hasClock else {
      throw DataError(new.users.file, .conflict, "the log has no times, by which events could be held out")
    }
    let newest = old.interactions.times.max() ?? .min
    let part = new.filter { newest < new.interactions.times[$0] && new.interactions.times[$0] < until }
    guard part.interactions.count > 0 else {
      throw DataError(new.users.file, .noRows, "no event that is not held out is newer than what the model knows")
    }
    return part
  }

  /// Of what is drawn in this run, so that each one which goes on draws other words of the same items.
  package func seed(_ seed: UInt64) -> UInt64 {
    CounterRandom(seed: seed, stream: 0x5008).bits(UInt64(oldEventCount))
  }

  /// Whether the first training had a re-ranker to train.
  package var hasReranker: Bool { record.settings["preset"] != "none" }

  /// What the items of both logs are, by the features of the first training.
  package func content() throws(ModelError) -> ItemContent? {
    try record.content.map { (known) throws(ModelError) in
      try ItemContent(data.catalogue, record.contentAttributes, known: known)
    }
  }

  /// The model with room for new users and items, and its tower without.
  ///
  /// - Parameter plan: What the network reads while it learns; `nil` if it reads no features.
  /// - Throws: If the files of the directory do not go together.
  package func start(_ plan: FeaturePlan?) throws(ModelError) -> (start: FitStart, tower: RetrievalTower) {
    let old = try TrainedModel(files, catalogue: plan == nil ? nil : oldCatalogue, awaitsPlan: plan != nil)
    guard old.userIDs.count == oldUserCount, old.itemIDs.count == oldCatalogue.ids.count,
      old.userIDs.map(\.rawValue) == Array(data.users.ids.prefix(old.userIDs.count)),
      old.itemIDs.map(\.rawValue) == Array(data.items.ids.prefix(old.itemIDs.count))
    else {
      throw ModelError(.checkpoint, "users.id", .wrongShape, "the dictionaries are not those of this model")
    }
    let model = try old.extended(
      users: data.users.ids.map { UserID($0) }, items: data.catalogue.ids, catalogue: plan?.catalogue, plan: plan)
    let participants = Participants(
      data.interactions, oldCount: oldEventCount, knownUsers: old.userIDs.count, knownItems: old.itemIDs.count)
    var history: HistoryTower?
    if tower.kind == .history {
      let content = try record.content.map { (known) throws(ModelError) in
        try ItemContent(oldCatalogue, record.contentAttributes, known: known)
      }
      history = try HistoryTower(
        checkpoint, content: content ?? ItemContent(itemCount: oldCatalogue.ids.count), embeddings: old.embeddings,
        tower.history)
    }
    return (
      FitStart(model.network, participants.trainable(data.interactions)),
      RetrievalTower(queries: old.queries, embeddings: old.embeddings, history: history)
    )
  }
}
