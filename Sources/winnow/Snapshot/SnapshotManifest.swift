import Bytes
import JSON
import Ranking
import Storage
import Vocabulary
import Wire

/// The manifest of a snapshot's directory, `proto-spec/08-files/snapshot.md`. It names no paths: those follow from it.
struct SnapshotManifest: Sendable {
  /// The segment of a shard.
  struct Shard: Sendable {
    let shard: UInt16
    let digest: SegmentDigest

    var fileName: String { "shard-\(shard).segment" }
  }

  /// A file of a model.
  struct ModelFile: Sendable {
    let file: ModelLoadRequest.File
    let byteCount: Int
    let sha256: [UInt8]
  }

  /// A collection in the generation that served.
  struct Collection: Sendable {
    let key: InstanceKey
    let schema: CollectionSchema
    var content = ItemDigest()
    var histories = ItemDigest()
    var model: [ModelFile] = []
    /// Why the model that serves is not in the snapshot; `nil`: it is, or there is none.
    var modelLeftOut: String?

    static let leftOutName = "model_left_out"
    /// The field of `modelLeftOut`, if there is something to say.
    var leftOutField: [(String, JSON)] { modelLeftOut.map { [(Self.leftOutName, .text($0))] } ?? [] }

    func fileName(_ file: ModelLoadRequest.File) -> String { "\(key.name).\(file.fileName)" }
  }

  static let fileName = "manifest.json"
  /// SHA-256 of the manifest, as `sha256sum` writes it.
  static let checksumName = "manifest.sha256"

  /// Whether `snapshot create` writes a file of this name into a snapshot's directory, be it on the way to another name.
  static func writes(_ name: String) -> Bool {
    if isSegment(name, ".segment") || isSegment(name, ".segment.incoming") { return true }
    let whole = name.hasSuffix(".new") ? String(name.dropLast(4)) : name
    return whole == fileName || whole == checksumName
      || ModelLoadRequest.File.allCases.contains { file in
        whole.hasSuffix(".\(file.fileName)") && isName(String(whole.dropLast(file.fileName.count + 1)))
      }
  }

  private static func isSegment(_ name: String, _ ending: String) -> Bool {
    guard name.hasPrefix("shard-"), name.hasSuffix(ending) else { return false }
    return UInt64(digits: String(name.dropFirst(6).dropLast(ending.count))).flatMap { UInt16(exactly: $0) } != nil
  }

  /// Whether a directory says that it is a snapshot, be it a damaged one.
  ///
  /// - Parameters:
  ///   - names: What the directory holds.
  ///   - manifest: The bytes of its `manifest.json`.
  static func isClaimed(_ names: [String], manifest: [UInt8]) -> Bool {
    if names.contains(where: { isSegment($0, ".segment") }) { return true }
    guard let json = try? JSONReader.read(manifest[...]) else {
      return String(decoding: manifest, as: UTF8.self).contains("\"snapshot\"")
    }
    return json["snapshot"] != nil
  }

  /// The id of a model that has these files, in the order of `ModelLoadRequest.File`.
  static func modelID(of files: [[UInt8]]) -> UInt64 {
    ContentHash.sha256(joining: files).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The format that is written: the body of its parts has the same version. Format 1 knew no histories.
  static let formatNewest: UInt16 = 2

  let id: UInt64
  let format: UInt16
  /// When the snapshot was begun, in UTC; `nil`: it does not say so.
  var time: String?
  var shards: [Shard] = []
  var collections: [Collection] = []

  /// When it was begun, for people.
  var age: String { time.map { "of \($0)" } ?? "of unknown age" }

  var itemCount: UInt64 { collections.reduce(0) { $0 + $1.content.itemCount } }

  var historyCount: UInt64 { collections.reduce(0) { $0 + $1.histories.itemCount } }

  // MARK: JSON

  var json: JSON {
    .object([
      ("format", .int(Int(format))), ("snapshot", .id(id)), ("time", time.map { .text($0) } ?? .null),
      (
        "collections",
        .list(
          collections.map { collection in
            .object(
              [
                ("name", .text(collection.key.name)), ("generation", .int(Int(collection.key.generation.rawValue))),
                ("items", .id(collection.content.itemCount)),
                ("digest", .text(ContentHash.hexadecimal(collection.content.bytes))),
                ("histories", .id(collection.histories.itemCount)),
                ("history_digest", .text(ContentHash.hexadecimal(collection.histories.bytes))),
                ("schema", .text(String(decoding: collection.schema.json, as: UTF8.self))),
                (
                  "model",
                  .list(
                    collection.model.map {
                      .object([
                        ("file", .text($0.file.fileName)), ("bytes", .int($0.byteCount)),
                        ("sha256", .text(ContentHash.hexadecimal($0.sha256))),
                      ])
                    })
                ),
              ] + collection.leftOutField)
          })
      ),
      (
        "shards",
        .list(
          shards.map {
            .object([
              ("shard", .int(Int($0.shard))), ("blocks", .id($0.digest.blocks)), ("items", .id($0.digest.rows)),
              ("hash", .text(ContentHash.hexadecimal($0.digest.hash))),
            ])
          })
      ),
    ])
  }

  init(id: UInt64) { (self.id, format) = (id, Self.formatNewest) }

  /// - Returns: `nil` for what is no manifest of this format.
  init?(_ json: JSON) {
    guard let format = json["format"]?.asID, (1...UInt64(Self.formatNewest)).contains(format),
      let id = json["snapshot"]?.asID,
      case .list(let collections) = json["collections"], case .list(let shards) = json["shards"],
      collections.count <= Limits.collectionsMax, shards.count <= Limits.shardsMax
    else { return nil }
    (self.id, self.format) = (id, UInt16(format))
    if case .text(let time) = json["time"], time.utf8.count <= 32 { self.time = time.visible }
    for value in collections {
      guard let collection = Self.collection(value, format: self.format) else { return nil }
      self.collections.append(collection)
    }
    for value in shards {
      guard let shard = value["shard"]?.asID.flatMap({ UInt16(exactly: $0) }), let blocks = value["blocks"]?.asID,
        let rows = value["items"]?.asID, let hash = Self.hash(value["hash"])
      else { return nil }
      self.shards.append(Shard(shard: shard, digest: SegmentDigest(blocks: blocks, rows: rows, hash: hash)))
    }
    guard Set(self.shards.map(\.shard)).count == shards.count,
      Set(self.collections.map(\.key.name)).count == collections.count
    else { return nil }
  }

  private static func collection(_ value: JSON, format: UInt16) -> Collection? {
    guard case .text(let name) = value["name"], isName(name), case .text(let schemaText) = value["schema"],
      let generation = value["generation"]?.asID.flatMap({ UInt32(exactly: $0) }), let items = value["items"]?.asID,
      let digest = hash(value["digest"]), let content = ItemDigest(itemCount: items, bytes: digest),
      let schema = try? CollectionSchema.read(json: Array(schemaText.utf8)), case .list(let files) = value["model"]
    else { return nil }
    let key = InstanceKey(name: name, generation: Generation(generation))
    var collection = Collection(key: key, schema: schema, content: content)
    if format >= 2 {
      guard let count = value["histories"]?.asID, let digest = hash(value["history_digest"]),
        let histories = ItemDigest(itemCount: count, bytes: digest)
      else { return nil }
      collection.histories = histories
    }
    if case .text(let reason) = value[Collection.leftOutName] { collection.modelLeftOut = reason.visible }
    for value in files {
      guard case .text(let fileName) = value["file"], let sha256 = hash(value["sha256"]),
        let file = ModelLoadRequest.File.allCases.first(where: { $0.fileName == fileName }),
        let byteCount = value["bytes"]?.asID.flatMap({ Int(exactly: $0) })
      else { return nil }
      collection.model.append(ModelFile(file: file, byteCount: byteCount, sha256: sha256))
    }
    return collection
  }

  private static func hash(_ value: JSON?) -> [UInt8]? {
    guard case .text(let text) = value, let bytes = WireDecodeVerb.digits(Array(text.utf8)),
      bytes.count == ContentHash.byteCount
    else { return nil }
    return bytes
  }
}
