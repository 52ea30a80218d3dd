import Arguments
import JSON
import Ranking
import Storage
import Transport
import Vocabulary
import WinnowClient

/// `winnow model push`: gives a collection its model, and the items that belong to it.
enum ModelPushVerb {
  static let modelOnly = Flag.switch("model-only", "Keep the items: the new model reads their present vectors.")
  static let arm = Flag(
    "arm", .double(0.0001...99.9999),
    "How many of 100 shoppers get the new generation, as the arm 'new'; the others stay, as 'old'.",
    placeholder: "PERCENT")
  static let directory = Positional("DIRECTORY", .file, "The model's directory.")

  static let verb = Verb(
    command: Command(
      name: "push", summary: "Give a collection its model and the items that belong to it",
      details: """
        The directory has manifest.json, weights.safetensors and, if the model knows users, users.safetensors; \
        tower.safetensors, if it folds sessions in; lexicon.bin, and perhaps synonyms.txt and protected.txt, for search by \
        words. With \
        items.jsonl, and items.safetensors and schema.json beside it, the items become a new generation, which serves \
        with its model in one step once every shard holds exactly what was sent; until then the old one serves, and \
        other writes to the collection are refused. The old generation is kept for a while: 'winnow model rollback'. With \
        users.dict and items.dict in the directory, other verbs of this machine take and show your own ids.
        """,
      flags: [Session.collectionFlag, modelOnly, arm, SplitFlags.abortIf, Session.waitMax], positionals: [directory]),
    run: run)

  /// The outcome of a push.
  private struct Pushed: Sendable {
    let collection: String
    let model: ModelDescription
    var items: Int?
    var generation: Generation?
  }

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    if session[Self.modelOnly] { try session.refuse([Self.arm], "with --model-only, which replaces the model for all") }
    if session[Self.arm] == nil { try session.refuse([SplitFlags.abortIf], "without --arm") }
    let guards = try SplitFlags.guards(session)
    let directory = PrivatePlace.model(session[Self.directory])
    let read = try ModelPushFiles(directory)
    let (files, manifest) = (read.files, read.manifest)
    let items = session[Self.modelOnly] ? nil : try GenerationItems(directory)
    let pushed: Result<Pushed, Failure>? = try await session.withClient(waitMax: session[Session.waitMax]) {
      (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      guard let items else {
        return .success(
          Pushed(
            collection: collection, model: try await load(files, into: collection, nil, session, client)))
      }
      return try await push(files, manifest, items, into: collection, guards, session, client)
    }
    guard let pushed = try pushed?.get() else { throw session.needsCollection() }
    try remember(pushed, directory, session)
    let model = pushed.model
    let promise = manifest.privacy.map { "the public part, \(directory.visible): \($0.words)\n" } ?? ""
    let human =
      promise + "model \(Text.hexadecimal(model.model)) serves: \(Text.grouped(model.parameters)) parameters, "
      + "\(Text.grouped(model.users)) users\n"
    session.print(
      .object([
        ("model", .model(model.model)), ("users", .id(model.users)), ("parameters", .id(model.parameters)),
        ("generation", pushed.generation.map { .int(Int($0.rawValue)) } ?? .null),
        ("items", pushed.items.map { .int($0) } ?? .null),
      ]),
      human: pushed.generation.map {
        "generation \($0.rawValue) serves: \(Text.grouped(pushed.items ?? 0)) items\n\(human)"
      } ?? human)
    return .ok
  }

  /// Other verbs find the dictionaries of the directory again.
  private static func remember(_ pushed: Pushed, _ directory: String, _ session: Session) throws(Failure) {
    let names = try ["users.dict", "items.dict"].map { name throws(Failure) in
      try Files.isThere(name, in: directory)
    }
    PushMemory.change { memory in
      guard names.contains(true) else { return memory.forget(session.address, pushed.collection) }
      memory.add(
        .init(
          coordinator: session.address, collection: pushed.collection, generation: pushed.generation?.rawValue,
          directory: PushMemory.absolute(directory)))
    }
  }

  private static func load(
    _ files: ModelFiles, into collection: String, _ generation: Generation?, _ session: Session, _ client: WinnowClient
  ) async throws(WinnowError) -> ModelDescription {
    var progress = Progress("pushing", unit: .bytes, total: files.byteCount, clock: client.executor.clock)
    defer { progress.finish() }
    return try await client.loadModel(files, into: collection, generation: generation, timeout: session.timeout) {
      progress.advance(to: $0)
    }
  }

  /// Fills a new generation and makes it serve; after any failure the new one is discarded and the old one serves on.
  private static func push(
    _ files: ModelFiles, _ manifest: Manifest, _ items: GenerationItems, into collection: String,
    _ guards: [ShopperSplit.Guard], _ session: Session, _ client: WinnowClient
  ) async throws(WinnowError) -> Result<Pushed, Failure> {
    let present = try await client.describeCollection(collection, timeout: session.timeout).schema
    let schema: CollectionSchema
    do throws(Failure) {
      schema = try items.newSchema(after: present)
      do throws(ModelError) { try manifest.check(against: schema) } catch { throw Failure(error) }
      try items.check(schema: schema, clock: client.executor.clock)
    } catch { return .failure(error) }
    let generation = try await client.stageGeneration(
      of: collection, schema: schema, timeout: session.timeout)
    do throws(WinnowError) {
      var pushed = Pushed(
        collection: collection, model: try await load(files, into: collection, generation, session, client),
        generation: generation)
      let summary: FeedSummary
      do throws(Failure) {
        summary = try await items.feed(into: collection, generation, schema: schema, session, client)
      } catch {
        _ = try? await client.discardGeneration(generation, of: collection, timeout: session.timeout)
        return .failure(error)
      }
      if let failure = summary.failure { throw failure }
      if let percent = session[Self.arm] {
        // While the new generation is staged the split waits; it begins in the step in which that serves.
        let old = try await client.generations(of: collection, timeout: session.timeout).first { $0.state == .active }
        var split = ShopperSplit([
          .init("old", old?.generation ?? generation, share: 1 - percent / 100),
          .init("new", generation, share: percent / 100),
        ])
        split.guards = guards
        _ = try await client.split(collection, split, timeout: session.timeout)
      }
      _ = try await client.activate(generation, of: collection, fed: summary, timeout: session.timeout)
      pushed.items = summary.itemsWritten
      return .success(pushed)
    } catch {
      _ = try? await client.discardGeneration(generation, of: collection, timeout: session.timeout)
      throw error
    }
  }
}
