import Arguments
import JSON
import Storage
import Vocabulary
import Wire

/// `winnow snapshot list`: what snapshots a directory holds, or what one holds.
enum SnapshotListVerb {
  static let directory = Positional("DIRECTORY", .file, "A snapshot, or a directory of snapshots.")

  static let verb = Verb(
    command: Command(
      name: "list", summary: "List the snapshots in a directory",
      details: """
        It reads manifests, and whether files are there to their ends; 'winnow snapshot verify' reads everything. A \
        snapshot that is damaged or was not finished is named beside the others; exit code 1 then. Other directories are \
        passed over.
        """,
      positionals: [directory]), run: run)

  /// The snapshots of a directory.
  struct Found {
    var snapshots: [(path: String, manifest: SnapshotManifest)] = []
    /// Entries that look like snapshots and cannot be read as such, with the reason.
    var damaged: [(path: String, reason: String)] = []

    fileprivate mutating func add(_ path: String) {
      do throws(Failure) {
        let reader = try SnapshotReader(path)
        try reader.checkEnds()
        snapshots.append((path, reader.manifest))
      } catch {
        damaged.append((path, error.message))
      }
    }
  }

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let found = try find(session[Self.directory])
    let damaged = found.damaged.map { JSON.object([("directory", .text($0.path)), ("message", .text($0.reason))]) }
    session.print(
      .object([
        ("snapshots", .list(found.snapshots.map { json($0.path, $0.manifest) })), ("damaged", .list(damaged)),
      ]), human: text(found))
    // As `ls` does: what can be listed is, what cannot is told of, and the exit code says that something is wrong.
    if !session.isJSON {
      for entry in found.damaged { StandardStreams.error("winnow: not listed: \(entry.reason)\n") }
    }
    return found.damaged.isEmpty ? .ok : .failed
  }

  /// The snapshots in a directory, or the one that it is.
  static func find(_ directory: String) throws(Failure) -> Found {
    var found = Found()
    if try isSnapshot(directory) {
      found.add(directory)
      // A damaged one may have others inside.
      if found.damaged.isEmpty { return found }
    }
    let names: [String]
    do throws(DiskError) { names = try RealDisk().list(directory) } catch { throw Failure(error) }
    for name in names {
      let path = "\(directory)/\(name)"
      guard FileIdentity(path).kind == .directory else { continue }
      do throws(Failure) {
        if try SnapshotPlace.isLeftOver(path) {
          found.damaged.append((path, "\(path) was not finished, and may be removed"))
        } else if !name.hasSuffix(SnapshotPlace.incomingEnding), try isSnapshot(path) {
          found.add(path)
        }
      } catch {
        found.damaged.append((path, error.message))
      }
    }
    return found
  }

  /// Whether a directory has the manifest of a snapshot, be it damaged: that of a model is none.
  private static func isSnapshot(_ directory: String) throws(Failure) -> Bool {
    let names: [String]
    do throws(DiskError) { names = try RealDisk().list(directory) } catch { throw Failure(error) }
    let path = "\(directory)/\(SnapshotManifest.fileName)"
    guard names.contains(SnapshotManifest.fileName), FileIdentity(path).kind == .file else { return false }
    return SnapshotManifest.isClaimed(names, manifest: try Files.readIfThere(path, limit: 64 << 20) ?? [])
  }

  static func json(_ path: String, _ manifest: SnapshotManifest) -> JSON {
    .object([
      ("directory", .text(path)), ("time", manifest.time.map { .text($0) } ?? .null),
      ("items", .id(manifest.itemCount)), ("shards", .int(manifest.shards.count)),
      (
        "collections",
        .list(
          manifest.collections.map {
            .object(
              [
                ("name", .text($0.key.name)), ("generation", .int(Int($0.key.generation.rawValue))),
                ("items", .id($0.content.itemCount)), ("model", .bool(!$0.model.isEmpty)),
              ] + $0.leftOutField)
          })
      ),
    ])
  }

  private static func text(_ found: Found) -> String {
    guard !found.snapshots.isEmpty else {
      return found.damaged.isEmpty ? "no snapshots; take one with 'winnow snapshot create'\n" : ""
    }
    var table = Table([
      ("snapshot", .left), ("time", .left), ("collection", .left), ("items", .right), ("model", .left),
      ("shards", .right),
    ])
    for (path, manifest) in found.snapshots {
      for collection in manifest.collections {
        table.add([
          path, manifest.time ?? "unknown", collection.key.name, Text.grouped(collection.content.itemCount),
          collection.model.isEmpty ? collection.modelLeftOut == nil ? "none" : "left out: damaged" : "yes",
          "\(manifest.shards.count)",
        ])
      }
    }
    return table.text
  }
}

/// `winnow snapshot verify`: reads every byte of a snapshot and compares it with its hashes.
enum SnapshotVerifyVerb {
  static let directory = Positional("DIRECTORY", .file, "The snapshot.")

  static let verb = Verb(
    command: Command(
      name: "verify", summary: "Read a whole snapshot and compare it with its hashes",
      details: "It needs no cluster. Exit code 4: the snapshot is damaged or not complete.",
      positionals: [directory]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let directory = session[Self.directory]
    let reader: SnapshotReader
    do throws(Failure) {
      reader = try SnapshotReader(directory)
      try reader.verify()
    } catch {
      throw Failure(.thresholdMissed, error.message, advice: "use another snapshot", name: error.name)
    }
    session.print(
      SnapshotListVerb.json(directory, reader.manifest),
      human: "\(directory) is whole: \(Text.grouped(reader.manifest.itemCount)) items\n")
    return .ok
  }
}
