import Arguments
import JSON
import Transport
import Vocabulary
import WinnowClient
import Wire

/// `winnow snapshot restore`: gives a cluster, with any number of shards, what a snapshot holds.
enum SnapshotRestoreVerb {
  static let replace = Flag.switch(
    "replace",
    "Also replace collections that hold items: takes back every write since the snapshot, on all shards; 'winnow model rollback' undoes it."
  )
  static let missing = Flag.switch(
    "missing", "Give only shards that have lost items those of the snapshot; all other items stay as they are.")
  static let yes = Flag.switch("yes", "Do not ask before collections are replaced.")
  static let dryRun = Flag.switch("dry-run", "Verify the snapshot and only show what would be restored.")
  static let directory = Positional("DIRECTORY", .file, "The snapshot.")

  static let verb = Verb(
    command: Command(
      name: "restore", summary: "Restore a snapshot into a cluster",
      details: """
        The whole snapshot is verified before anything changes. Each collection is written beside the one that serves, with \
        its versions and its model, and serves in one step once every shard holds exactly its items; the cluster may have \
        another number of shards than the snapshot's. With --missing nothing that is there is written again: it is for a shard \
        that has lost its directory, beside others that are well. What was written to that shard after the snapshot is in \
        no snapshot: feed it again.
        """,
      flags: [replace, missing, yes, dryRun, Session.waitMax], positionals: [directory]),
    run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let directory = session[Self.directory]
    let isFill = session[Self.missing]
    guard !(isFill && session[Self.replace]) else { throw session.usage(missing, "and --replace exclude each other") }
    let reader = try SnapshotReader(directory)
    try reader.verify()
    let isRehearsal = session[Self.dryRun]
    let waitMax = session[Session.waitMax]
    let present = try await session.withClient(waitMax: waitMax) { (client) throws(WinnowError) in
      try await client.collections(timeout: session.timeout)
    }
    if isFill { try SnapshotFill.check(reader, present) } else { try check(reader.manifest, present, session) }
    if !isRehearsal {
      let result: Result<Void, Failure> = try await session.withClient(waitMax: waitMax) {
        (client) throws(WinnowError) in
        do throws(Failure) {
          if isFill {
            try await SnapshotFill.fill(reader, client, session)
          } else {
            try await restore(reader, present, client, session)
          }
          return .success(())
        } catch { return .failure(error) }
      }
      try result.get()
    }
    let what =
      "\(isFill ? "what was missing of the " : "")\(Text.grouped(reader.manifest.itemCount)) items of \(directory), "
      + "a snapshot \(reader.manifest.age)"
    session.print(
      .object([("dry_run", .bool(isRehearsal)), ("snapshot", SnapshotListVerb.json(directory, reader.manifest))]),
      human: isRehearsal
        ? "would restore \(what), which is whole\n"
        : "restored \(what)\(isFill ? "; feed again what was written to these shards since" : "")\n")
    return .ok
  }

  /// Refuses to replace what was not to be replaced, before anything changes; at a terminal it asks once more.
  private static func check(
    _ manifest: SnapshotManifest, _ present: [CollectionDescription], _ session: Session
  ) throws(Failure) {
    let full = present.filter { there in there.items > 0 && manifest.collections.contains { $0.key.name == there.name }
    }
    guard !full.isEmpty else { return }
    let names = full.map { "\($0.name) (\(Text.grouped($0.items)))" }.joined(separator: ", ")
    guard session[Self.replace] else {
      throw Failure(
        .conflict, "these collections hold items: \(names)",
        advice:
          "--missing fills only shards that have lost items; --replace puts the snapshot \(manifest.age) in their place and "
          + "takes back every write since then, on all shards")
    }
    guard session.canAsk, !session[Self.yes], !session[Self.dryRun] else { return }
    try session.ask(
      "The snapshot \(manifest.age) takes the place of items: \(names). Every write since then is taken back, on all shards",
      word: "replace")
  }

  private static func restore(
    _ reader: SnapshotReader, _ present: [CollectionDescription], _ client: WinnowClient, _ session: Session
  ) async throws(Failure) {
    var generations: [InstanceKey: Generation] = [:]
    do throws(Failure) {
      for collection in reader.manifest.collections {
        let name = collection.key.name
        generations[collection.key] = try await session.asking { () throws(WinnowError) in
          if !present.contains(where: { $0.name == name }) {
            _ = try await client.createCollection(name, schema: collection.schema, timeout: session.timeout)
          }
          return try await client.stageGeneration(of: name, schema: collection.schema, timeout: session.timeout)
        }
      }
      try await write(reader, generations, client, session)
      for collection in reader.manifest.collections {
        guard let generation = generations[collection.key] else { continue }
        if !collection.model.isEmpty { try await load(collection, reader, generation, client, session) }
      }
    } catch {
      // What serves has not been touched; what is staged and cannot be removed now goes by itself.
      for (key, generation) in generations {
        _ = try? await client.discardGeneration(generation, of: key.name, timeout: .seconds(5))
      }
      throw error
    }
    for collection in reader.manifest.collections {
      guard let generation = generations[collection.key] else { continue }
      try await session.asking { () throws(WinnowError) in
        try await client.activate(
          generation, of: collection.key.name, holding: collection.content, timeout: session.timeout)
      }
    }
  }

  /// Writes all parts of a snapshot.
  static func write(
    _ reader: SnapshotReader, _ generations: [InstanceKey: Generation], _ client: WinnowClient, _ session: Session
  ) async throws(Failure) {
    let total = Int(clamping: reader.manifest.itemCount)
    var progress = Progress("written", unit: .items, total: total, clock: client.executor.clock)
    var count = 0
    for shard in reader.manifest.shards {
      var segment = try reader.segment(shard)
      while var part = try segment.next() {
        guard let generation = generations[part.key] else { continue }
        part.key = InstanceKey(name: part.key.name, generation: generation)
        let request = SnapshotRequest(snapshot: 0, step: .write(part))
        _ = try await session.asking { () throws(WinnowError) in
          try await client.snapshot(request, timeout: session.timeout)
        }
        count += part.ids.count
        progress.advance(to: count)
      }
    }
    progress.finish()
  }

  private static func load(
    _ collection: SnapshotManifest.Collection, _ reader: SnapshotReader, _ generation: Generation,
    _ client: WinnowClient, _ session: Session
  ) async throws(Failure) {
    var bytes: [ModelLoadRequest.File: [UInt8]] = [:]
    for file in collection.model { bytes[file.file] = try reader.model(file, of: collection) }
    let files = ModelFiles(
      manifest: bytes[.manifest] ?? [], weights: bytes[.weights] ?? [], users: bytes[.users] ?? [],
      tower: bytes[.tower] ?? [], lexicon: bytes[.lexicon] ?? [], text: bytes[.text] ?? [],
      suggestions: bytes[.suggestions] ?? [], synonyms: bytes[.synonyms] ?? [], protected: bytes[.protected] ?? [])
    _ = try await session.asking { () throws(WinnowError) in
      try await client.loadModel(
        files, into: collection.key.name, generation: generation, timeout: session.timeout)
    }
  }
}
