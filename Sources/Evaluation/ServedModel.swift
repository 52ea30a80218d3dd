package import DataSets
import Kernels
package import Ranking
package import Storage
package import Vocabulary

/// A model directory as a cluster would serve it: model, items in the order of their ids, and how it was trained.
package struct ServedModel: Sendable {
  package private(set) var model: Model
  package let ids: CatalogueIDs
  /// Retrieval embeddings, `[n, d]`.
  let embeddings: FloatMatrix
  /// Rerank vectors, `[n, r]`.
  let reranks: FloatMatrix
  /// The attributes that the network reads, in the order of its assembler.
  let columns: [InputColumn]
  /// The attributes that the renewal of profiles reads, by name.
  let profileColumns: [String: [AttributeValue?]]
  /// How items are searched by words, and the texts of each item in the order of the fields; `nil`: they are not, or it was
  /// not asked for.
  let texts: Texts?
  /// The events that training held out; `nil` without a record of them.
  package let heldOut: HoldOut?
  /// How training drew negatives; `nil` without a record of it.
  private(set) var draws: NegativeDraws?

  /// The texts of items.
  package struct Texts: Sendable {
    package let settings: TextSettings
    /// By items, then fields; `nil` where an item does not have the field.
    package let ofItems: [[String?]]

    package init(settings: TextSettings, ofItems: [[String?]]) { (self.settings, self.ofItems) = (settings, ofItems) }
  }

  /// Puts the items in the order of their ids.
  ///
  /// - Parameters:
  ///   - columns: The attributes that the network reads, in the order of the vectors.
  ///   - profileColumns: Those that the renewal of profiles reads.
  ///   - texts: In the order of the vectors too.
  /// - Throws: `duplicate` if an item stands twice.
  package init(
    _ model: Model, _ vectors: ItemVectors, columns: [[AttributeValue?]] = [],
    profileColumns: [String: [AttributeValue?]] = [:], texts: Texts? = nil, heldOut: HoldOut? = nil
  ) throws(ModelError) {
    let (d, r) = (model.manifest.collection.embeddingDimension, model.manifest.collection.rerankDimension)
    let order = vectors.ids.indices.sorted { vectors.ids[$0] < vectors.ids[$1] }
    let ids = order.map { vectors.ids[$0] }
    if let twice = zip(ids, ids.dropFirst()).first(where: { $0 == $1 }) {
      throw ModelError(.items, "id", .duplicate, "item \(twice.0.rawValue) stands twice")
    }
    self.ids = CatalogueIDs(ascending: ids)
    embeddings = FloatMatrix(rows: ids.count, columns: d)
    reranks = FloatMatrix(rows: ids.count, columns: r)
    for (row, place) in order.enumerated() {
      embeddings.setRow(row, vectors.embeddings[place * d..<(place + 1) * d])
      reranks.setRow(row, vectors.reranks[place * r..<(place + 1) * r])
    }
    self.model = model
    self.columns = columns.map { column in InputColumn(distinct: order.map { column[$0] }) }
    self.profileColumns = profileColumns.mapValues { column in order.map { column[$0] } }
    self.texts = texts.map { texts in
      Texts(settings: texts.settings, ofItems: order.map { texts.ofItems[$0] })
    }
    self.heldOut = heldOut
  }

  /// Whether shoppers are known by their histories alone: the model folds events in, and has no table of users.
  package var readsHistories: Bool { model.tower != nil && model.users.count == 0 }

  /// The same items and users under a model that only computes otherwise.
  package func computing(with model: Model) -> ServedModel {
    var other = self
    other.model = model
    return other
  }
}

extension ServedModel {
  /// The fields of `training.json` that an evaluation reads.
  private struct Record: Decodable {
    let heldOut: HoldOut?
    let refitted: Bool?
    let settings: [String: String]?
    let folded: Bool?
  }

  private static let itemsBytesMax = 64 << 30
  private static let jsonBytesMax = 64 << 20

  /// Reads a directory: manifest, weights, users if there are any, items, their attributes if the network reads any.
  ///
  /// - Parameters:
  ///   - recordDirectory: Where the record of the training is, if not there.
  ///   - withTexts: Whether to read the texts that the schema says are searched.
  /// - Throws: What is wrong, with the file.
  package static func read(
    _ directory: String, recordIn recordDirectory: String? = nil, on disk: some Disk, withTexts: Bool = false
  ) throws(DataError) -> ServedModel {
    func bytes(_ name: String, _ limit: Int, in place: String) throws(DataError) -> [UInt8]? {
      do throws(DiskError) { return try disk.read("\(place)/\(name)", limit: limit) } catch {
        throw DataError("\(place)/\(name)", .unreadable, error.text)
      }
    }
    func bytes(_ name: String, _ limit: Int) throws(DataError) -> [UInt8]? { try bytes(name, limit, in: directory) }
    func needed(_ file: ModelFile, _ limit: Int) throws(DataError) -> [UInt8] {
      if let bytes = try bytes(file.rawValue, limit) { return bytes }
      throw DataError(
        "\(directory)/\(file.rawValue)", .unreadable, "there is no such file",
        advice: "give a directory that 'winnow train' wrote")
    }
    let manifest = try needed(.manifest, Model.manifestBytesMax)
    let weights = try needed(.weights, Model.weightsBytesMax)
    let users = try bytes(ModelFile.users.rawValue, Model.usersBytesMax)
    let tower = try bytes(ModelFile.tower.rawValue, Model.towerBytesMax)
    let words = try WordFiles { (file, limit) throws(DataError) in try bytes(file.rawValue, limit) }
    let items = try needed(.items, itemsBytesMax)
    var heldOut: HoldOut?
    var draws: NegativeDraws?
    let recordPlace = recordDirectory ?? directory
    if let bytes = try bytes("training.json", jsonBytesMax, in: recordPlace) {
      let record = try DataSetJSON.decode(Record.self, bytes, "\(recordPlace)/training.json")
      heldOut = record.heldOut
      heldOut?.isRefitted = record.refitted ?? false
      draws = record.settings.flatMap { NegativeDraws($0) }
      heldOut?.isFolded = record.folded ?? false
    }
    let (model, vectors) = try naming(directory) { () throws(ModelError) in
      let model = try Model.load(manifest: manifest, weights: weights, users: users, tower: tower, words: words)
      return (model, try ItemVectors(items, for: model.manifest.collection))
    }
    let (read, renewed) = (
      FeatureAssembler(model.manifest).attributeNames, model.historyReader?.attributeNames ?? []
    )
    var (definitions, searched) = (model.manifest.collection.attributes, TextSettings?.none)
    if withTexts, let bytes = try bytes("schema.json", jsonBytesMax) {
      let schema = try naming(directory) { () throws(ModelError) in try CollectionSchema.read(json: bytes) }
      (definitions, searched) = (schema.attributes, schema.text)
    }
    if withTexts, searched == nil { searched = model.words.map { TextSettings(counted: $0.lexicon) } }
    let fields = searched?.fields.map(\.attribute) ?? []
    let columns = try columns("\(directory)/items.jsonl", read + renewed + fields, definitions, vectors.ids)
    let texts = searched.map { settings in
      let columns = columns.suffix(fields.count)
      return Texts(
        settings: settings, ofItems: vectors.ids.indices.map { item in columns.map { $0[item]?.textOfWords } })
    }
    var served = try naming(directory) { () throws(ModelError) in
      try ServedModel(
        model, vectors, columns: Array(columns.prefix(read.count)),
        profileColumns: Dictionary(zip(renewed, columns.dropFirst(read.count))) { first, _ in first }, texts: texts,
        heldOut: heldOut)
    }
    served.draws = draws
    return served
  }

  /// The attributes of these names, in the order of the ids.
  private static func columns(
    _ path: String, _ names: [String], _ definitions: [AttributeDefinition], _ ids: [ItemID]
  ) throws(DataError) -> [[AttributeValue?]] {
    guard !names.isEmpty else { return [] }
    var options = EntityTable.Options()
    options.idColumn = "id"
    for definition in definitions { options.types[definition.name] = definition.type }
    let table = try EntityTable(try InputFile(path), options)
    if let fault = table.faults.entries.keys.min() {
      throw DataError(path, .malformed, "not every line could be read: \(fault.text)", advice: "train or export again")
    }
    // Row by row, as a push reads them.
    guard table.ids.count == ids.count else {
      throw DataError(
        path, .conflict, "it has \(table.ids.count) items and items.safetensors \(ids.count)",
        advice: "train or export again: the files are not of one model")
    }
    if let row = ids.indices.first(where: { table.ids[$0].exact != String(ids[$0].rawValue).exact }) {
      throw DataError(
        path, line: row + 1, field: "id", .conflict, "row \(row) of items.safetensors has another id",
        advice: "train or export again: the files are not of one model")
    }
    return names.map { name in
      guard let column = table.definitions.firstIndex(where: { $0.name == name }) else {
        return [AttributeValue?](repeating: nil, count: ids.count)
      }
      return table.columns[column]
    }
  }

  private static func naming<Value>(
    _ directory: String, _ body: () throws(ModelError) -> Value
  ) throws(DataError) -> Value {
    do throws(ModelError) { return try body() } catch {
      throw DataError("\(directory)/\(error.file.rawValue)", field: error.field, .malformed, error.detail)
    }
  }
}
