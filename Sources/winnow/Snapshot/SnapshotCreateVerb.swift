import Arguments
import Bytes
import SocketTransport
import Storage
import Telemetry
import Transport
import Vocabulary
import WinnowClient
import Wire

/// `winnow snapshot create`: writes all items of a cluster, with versions and models, into a directory.
enum SnapshotCreateVerb {
  static let directory = Positional(
    "DIRECTORY", .outputDirectory, "The snapshot's directory, which must not be there yet.")

  static let verb = Verb(
    command: Command(
      name: "create", summary: "Write all items and models of the cluster into a directory",
      details: """
        Each shard gives its state of one moment, while writes go on. The directory appears only when it is whole: an \
        unfinished one is called DIRECTORY.incoming and may be removed.
        """,
      flags: [Session.waitMax], positionals: [directory]
    ),
    run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let directory = session[Self.directory]
    let place = try SnapshotPlace(directory)
    let manifest: SnapshotManifest
    do throws(Failure) {
      let result: Result<SnapshotManifest, Failure> = try await session.withClient(waitMax: session[Session.waitMax]) {
        (client) throws(WinnowError) in
        do throws(Failure) { return .success(try await take(into: place, client, session)) } catch {
          return .failure(error)
        }
      }
      manifest = try result.get()
    } catch {
      place.leaveIfEmpty()
      throw error
    }
    session.print(
      SnapshotListVerb.json(directory, manifest),
      human:
        "\(directory) holds \(Text.grouped(manifest.itemCount)) items and \(Text.grouped(manifest.historyCount)) histories of \(manifest.shards.count) shards\n"
        + leftOut(manifest))
    return .ok
  }

  /// What the snapshot does not hold, a line for each collection.
  private static func leftOut(_ manifest: SnapshotManifest) -> String {
    manifest.collections.map { collection in
      collection.modelLeftOut.map { "without the model of \(collection.key.name): \($0)\n" } ?? ""
    }.joined()
  }

  private static func take(
    into place: SnapshotPlace, _ client: WinnowClient, _ session: Session
  ) async throws(Failure) -> SnapshotManifest {
    let id = max(1, SystemRandom().next())
    let begunAt = Log.presentTime()
    let begun = try await session.asking { () throws(WinnowError) in
      try await client.snapshot(SnapshotRequest(snapshot: id, step: .begin(collections: [])), timeout: session.timeout)
    }
    let result: Result<SnapshotManifest, Failure>
    do throws(Failure) { result = .success(try await read(id, at: begunAt, begun, place, client, session)) } catch {
      result = .failure(error)
    }
    // If this is not heard, the shards let their copies go a minute later.
    _ = try? await client.snapshot(SnapshotRequest(snapshot: id, step: .end), timeout: .seconds(1))
    return try result.get()
  }

  private static func read(
    _ id: UInt64, at begunAt: String, _ begun: SnapshotResponse, _ place: SnapshotPlace, _ client: WinnowClient,
    _ session: Session
  ) async throws(Failure) -> SnapshotManifest {
    var manifest = SnapshotManifest(id: id)
    manifest.time = begunAt
    var (contents, histories): ([InstanceKey: ItemDigest], [InstanceKey: ItemDigest]) = ([:], [:])
    var progress = Progress("read", unit: .items, total: Int(clamping: begun.items), clock: client.executor.clock)
    var count = 0
    for shard in begun.shards {
      var segment = try place.segment(owner: id, shard.rawValue)
      var number: UInt64 = 1
      var isComplete = false
      while !isComplete {
        let request = SnapshotRequest(snapshot: id, step: .read(shard: shard, part: number))
        let reply = try await session.asking { () throws(WinnowError) in
          try await client.snapshot(request, timeout: session.timeout)
        }
        isComplete = reply.state == .complete
        guard let part = reply.contents else { continue }
        number += 1
        guard let schema = begun.collections.first(where: { $0.key == part.key })?.schema,
          let digest = part.digest(schema)
        else { throw Failure(.failed, "a shard sent items that do not fit their collection") }
        contents[part.key, default: ItemDigest()].add(digest)
        histories[part.key, default: ItemDigest()].add(part.historyDigest)
        try place.write(part, to: &segment)
        count += part.ids.count
        progress.advance(to: count)
      }
      manifest.shards.append(.init(shard: shard.rawValue, digest: try place.finish(segment)))
    }
    progress.finish()
    for collection in begun.collections {
      var entry = SnapshotManifest.Collection(
        key: collection.key, schema: collection.schema, content: contents[collection.key] ?? ItemDigest())
      entry.histories = histories[collection.key] ?? ItemDigest()
      if collection.model != 0 {
        do throws(Failure) { try await readModel(collection.model, into: &entry, place, client, session) } catch {
          guard error.name == "MODEL_REFUSED", entry.model.isEmpty else { throw error }
          entry.modelLeftOut = error.message
        }
      }
      manifest.collections.append(entry)
    }
    try place.complete(manifest)
    return manifest
  }

  private static func readModel(
    _ model: UInt64, into entry: inout SnapshotManifest.Collection, _ place: SnapshotPlace, _ client: WinnowClient,
    _ session: Session
  ) async throws(Failure) {
    var files: [[UInt8]] = []
    for file in ModelLoadRequest.File.allCases {
      var bytes: [UInt8] = []
      while true {
        let step = SnapshotRequest.Step.readModel(entry.key, file, offset: UInt64(bytes.count))
        let reply = try await session.asking { () throws(WinnowError) in
          try await client.snapshot(SnapshotRequest(snapshot: 0, step: step), timeout: session.timeout)
        }
        bytes += reply.data
        if reply.data.isEmpty || UInt64(bytes.count) >= reply.byteCount { break }
      }
      files.append(bytes)
      guard !bytes.isEmpty else { continue }
      try place.write(entry.fileName(file), bytes)
      entry.model.append(.init(file: file, byteCount: bytes.count, sha256: ContentHash.sha256(bytes)))
    }
    guard SnapshotManifest.modelID(of: files) == model else {
      throw Failure(
        .conflict, "the model of \(entry.key.name) was replaced meanwhile", advice: "take the snapshot again")
    }
  }
}
