import Arguments
import Ranking
import Transport
import Vocabulary
import WinnowClient

/// The items of a model directory, which become a generation of their own.
struct GenerationItems: Sendable {
  private let directory: String
  private let path: String
  private let vectors: [UInt8]?
  /// The schema of the items; `nil`: that of the collection.
  let schema: CollectionSchema?

  /// - Returns: `nil` if the directory has no items.
  init?(_ directory: String) throws(Failure) {
    guard try Files.isThere("items.jsonl", in: directory) else {
      guard try !Files.isThere(ModelFile.items.rawValue, in: directory) else {
        throw Failure(
          .failed, "\(directory) has \(ModelFile.items.rawValue) and no items.jsonl; nothing was changed",
          advice: "copy items.jsonl of the same training, or give --model-only to leave the items alone",
          name: "BAD_FILE")
      }
      return nil
    }
    self.directory = directory
    path = "\(directory)/items.jsonl"
    vectors = try Files.readIfThere("\(directory)/items.safetensors", limit: 64 << 30)
    let bytes = try Files.readIfThere("\(directory)/schema.json", limit: 1 << 20)
    do throws(ModelError) {
      schema = try bytes.map { bytes throws(ModelError) in try CollectionSchema.read(json: bytes) }
    } catch { throw ModelPushFiles.damaged(error, in: directory) }
  }

  /// The schema of the new generation, which is searched by words as the present one is.
  ///
  /// - Throws: if the items have no attribute, or another, in which words are searched.
  func newSchema(after present: CollectionSchema) throws(Failure) -> CollectionSchema {
    guard let schema else { return present }
    guard schema.text == nil else { return schema }
    guard let searched = schema.searched(by: present.text) else {
      let names = present.text?.fields.map(\.attribute).joined(separator: ", ") ?? ""
      throw Failure(
        .failed,
        "\(directory): the collection is searched by words of \(names), which its schema.json has not as texts",
        advice: "keep these attributes, or give schema.json text settings of its own")
    }
    return searched
  }

  private func reader(_ schema: CollectionSchema) throws(Failure) -> ItemReader {
    do throws(ModelError) {
      return ItemReader(
        schema: schema,
        vectors: try vectors.map { bytes throws(ModelError) in try FeedVectors(safetensors: bytes, schema: schema) })
    } catch { throw ModelPushFiles.damaged(error, in: directory) }
  }

  /// Reads all items before anything is sent: each line must be an item, no id may stand twice, and row i of
  /// `items.safetensors` must have the id of line i.
  ///
  /// - Throws: What is wrong with the files.
  func check(schema: CollectionSchema, clock: any MonotonicClock) throws(Failure) {
    let reader = try reader(schema)
    let ids = reader.idsOfVectors
    var source = try FeedSource(path, schema: schema)
    var reporter = FeedReporter(clock: clock)
    var seen: Set<ItemID> = []
    var repeated, strange: (line: Int, id: ItemID)?
    while let element = reporter.next(&source, reader) {
      let (id, row) = (element.change.id, source.rowCount - 1)
      if !seen.insert(id).inserted, repeated == nil { repeated = (source.line, id) }
      if let ids, strange == nil, !ids.indices.contains(row) || ids[row] != id { strange = (source.line, id) }
    }
    reporter.finish()
    if let failure = reporter.failure { throw failure }
    if let ids, ids.count != source.rowCount {
      throw mismatch(
        "\(path) has \(Text.grouped(source.rowCount)) items and items.safetensors \(Text.grouped(ids.count))")
    }
    guard reporter.badLines == 0 else {
      throw Failure(
        .failed, "\(path): \(Text.grouped(reporter.badLines)) lines are no items; nothing was changed",
        advice: vectors == nil ? "vectors stand in the lines or in items.safetensors, which is not there" : "")
    }
    guard !seen.isEmpty else {
      throw Failure(
        .failed, "\(path) has no items; nothing was changed",
        advice: "copy it again, or give --model-only to leave the items alone", name: "BAD_FILE")
    }
    if let repeated {
      throw Failure(
        .failed, "\(path):\(repeated.line): the id \(repeated.id.rawValue) stands twice; nothing was changed",
        advice: "each id may stand once")
    }
    if let strange {
      throw mismatch(
        "\(path):\(strange.line): items.safetensors has another id than \(strange.id.rawValue) in this row")
    }
    try ModelPushFiles.compare(
      "items.dict", in: directory, with: Set(seen.map(\.rawValue)), "items", of: "items.jsonl")
  }

  private func mismatch(_ what: String) -> Failure {
    Failure(
      .failed, "\(what); nothing was changed", advice: "the files must be of one export or training: write both again",
      name: "BAD_FILE")
  }

  /// Writes all items into a generation, which must hold nothing else.
  ///
  /// - Returns: What became of the feed; its `failure` is the cluster's.
  /// - Throws: what is wrong with the files: then the generation is not what they say.
  func feed(
    into collection: String, _ generation: Generation, schema: CollectionSchema, _ session: Session,
    _ client: WinnowClient
  ) async throws(Failure) -> FeedSummary {
    let reader = try reader(schema)
    var source = try FeedSource(path, schema: schema)
    var options = Feeder.Options()
    options.generation = generation
    options.timeout = session.timeout
    options.waitMax = session[Session.waitMax]
    var reporter = FeedReporter(clock: client.executor.clock)
    var seen: Set<ItemID> = []
    var repeats = 0
    let summary = await Feeder(client, collection: collection, schema: schema, options: options).feed {
      let element = reporter.next(&source, reader)
      if let element, !seen.insert(element.change.id).inserted { repeats += 1 }
      return element
    } progress: {
      reporter.tell($0, source)
    } rejected: {
      reporter.reject(line: $0.tag, id: $0.item, $0.reason)
    } event: {
      reporter.take($0)
    }
    reporter.finish()
    if let failure = reporter.failure { throw failure }
    if summary.failure != nil { return summary }
    let faulty = reporter.badLines + summary.itemsRejected + summary.itemsUnsettled
    guard faulty == 0 else {
      throw Failure(
        .failed, "\(path): \(Text.grouped(faulty)) items could not be written; the old generation serves on")
    }
    guard repeats == 0 else {
      throw Failure(
        .failed, "\(path): \(Text.grouped(repeats)) ids stand twice; the old generation serves on",
        advice: "each id may stand once")
    }
    return summary
  }
}
