import Arguments
import JSON
import Storage
import Vocabulary
import Wire

/// `winnow snapshot list`: what snapshots a directory holds, or what one holds.
enum SnapshotListVerb {
  static let verb = Verb(
    command: Command(
      name: "list", summary: "List the snapshots in a directory",
      details: "It reads manifests only; 'winnow snapshot verify' reads everything.",
      positionals: [Positional("DIRECTORY", .file, "A snapshot, or a directory of snapshots.")]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let directory = session.values.value("DIRECTORY", as: String.self)
    var found: [(path: String, manifest: SnapshotManifest)] = []
    if try Files.isThere(SnapshotManifest.fileName, in: directory) {
      found.append((directory, try SnapshotReader(directory).manifest))
    } else {
      let names: [String]
      do throws(DiskError) { names = try RealDisk().list(directory) } catch { throw Failure(error) }
      // What is no directory, or no snapshot, is not ours to judge.
      for name in names where !name.hasSuffix(".incoming") {
        let path = "\(directory)/\(name)"
        guard (try? Files.isThere(SnapshotManifest.fileName, in: path)) == true else { continue }
        found.append((path, try SnapshotReader(path).manifest))
      }
    }
    session.print(
      .object([("snapshots", .list(found.map { json($0.path, $0.manifest) }))]), human: text(found))
    return .ok
  }

  static func json(_ path: String, _ manifest: SnapshotManifest) -> JSON {
    .object([
      ("directory", .text(path)), ("items", .id(manifest.itemCount)), ("shards", .int(manifest.shards.count)),
      (
        "collections",
        .list(
          manifest.collections.map {
            .object([
              ("name", .text($0.key.name)), ("generation", .int(Int($0.key.generation.rawValue))),
              ("items", .id($0.content.itemCount)), ("model", .bool(!$0.model.isEmpty)),
            ])
          })
      ),
    ])
  }

  private static func text(_ found: [(path: String, manifest: SnapshotManifest)]) -> String {
    guard !found.isEmpty else { return "no snapshots; take one with 'winnow snapshot create'\n" }
    var table = Table([
      ("snapshot", .left), ("collection", .left), ("items", .right), ("model", .left), ("shards", .right),
    ])
    for (path, manifest) in found {
      for collection in manifest.collections {
        table.add([
          path, collection.key.name, Text.grouped(collection.content.itemCount),
          collection.model.isEmpty ? "none" : "yes", "\(manifest.shards.count)",
        ])
      }
    }
    return table.text
  }
}

/// `winnow snapshot verify`: reads every byte of a snapshot and compares it with its hashes.
enum SnapshotVerifyVerb {
  static let verb = Verb(
    command: Command(
      name: "verify", summary: "Read a whole snapshot and compare it with its hashes",
      details: "It asks no cluster. Exit code 4: the snapshot is damaged or not complete.",
      positionals: [Positional("DIRECTORY", .file, "The snapshot.")]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let directory = session.values.value("DIRECTORY", as: String.self)
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
