import Arguments
import Vocabulary
import WinnowClient
import Wire

/// `winnow snapshot restore --missing`: gives shards that have lost items those of a snapshot, and no other shard anything.
enum SnapshotFill {
  /// Refuses a snapshot whose vectors do not belong to those that serve, before anything changes.
  static func check(_ reader: SnapshotReader, _ present: [CollectionDescription]) throws(Failure) {
    for collection in reader.manifest.collections {
      let name = collection.key.name
      guard let there = present.first(where: { $0.name == name }) else {
        throw Failure(.conflict, "there is no collection \(name)", advice: "leave --missing out: it will be made")
      }
      guard there.schema == collection.schema else {
        throw Failure(.conflict, "collection \(name) has another schema than the snapshot's")
      }
      if there.generation == collection.key.generation { continue }
      var files: [[UInt8]] = []
      for file in ModelLoadRequest.File.allCases {
        let entry = collection.model.first { $0.file == file }
        if let entry { files.append(try reader.model(entry, of: collection)) } else { files.append([]) }
      }
      guard let model = there.model, SnapshotManifest.modelID(of: files) == model else {
        throw Failure(
          .conflict,
          "collection \(name) serves generation \(there.generation.rawValue) with another model than the snapshot's",
          advice: "take a snapshot of that generation, or feed again with 'winnow feed --complete'")
      }
    }
  }

  /// Fills what is missing; each collection counts as complete when all of the snapshot is written.
  static func fill(
    _ reader: SnapshotReader, _ client: WinnowClient, _ session: Session
  ) async throws(Failure) {
    var feeds: [(name: String, feed: UInt64)] = []
    var generations: [InstanceKey: Generation] = [:]
    for collection in reader.manifest.collections {
      let name = collection.key.name
      let (begun, there) = try await session.asking { () throws(WinnowError) in
        (
          try await client.beginFeed(into: name, timeout: session.timeout),
          try await client.describeCollection(name, timeout: session.timeout)
        )
      }
      guard begun.incompleteShards > 0 else { continue }
      feeds.append((name, begun.feed))
      generations[collection.key] = there.generation
    }
    try await raiseVersions(reader, generations, client, session)
    try await SnapshotRestoreVerb.write(reader, generations, client, session)
    for (name, feed) in feeds {
      let mark = try await session.asking { () throws(WinnowError) in
        try await client.completeFeed(feed, into: name, timeout: session.timeout)
      }
      guard mark.incompleteShards == 0 else {
        throw Failure(
          .failed, "\(mark.incompleteShards) shards still lack items of collection \(name)",
          advice: "'winnow cluster status' names them; when they are up, do this again")
      }
    }
  }

  /// Gives shards the last versions of their slots, so that every later write is newer than the snapshot.
  private static func raiseVersions(
    _ reader: SnapshotReader, _ generations: [InstanceKey: Generation], _ client: WinnowClient, _ session: Session
  ) async throws(Failure) {
    for shard in reader.manifest.shards {
      var segment = try reader.segment(shard)
      while let part = try segment.next() {
        guard let generation = generations[part.key], !part.slotVersions.isEmpty else { continue }
        var versions = TransferPart(of: InstanceKey(name: part.key.name, generation: generation))
        versions.slotVersions = part.slotVersions
        let request = SnapshotRequest(snapshot: 0, step: .write(versions))
        _ = try await session.asking { () throws(WinnowError) in
          try await client.snapshot(request, timeout: session.timeout)
        }
      }
    }
  }
}
