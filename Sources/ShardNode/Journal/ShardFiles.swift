import Storage

/// The names of a checkpoint's files in a shard's data directory.
struct ShardFiles: Sendable {
  let directory: DataDirectory

  /// Rows of one collection instance.
  func rows(_ number: UInt64) -> String { directory.file("rows-\(number)") }

  /// Histories of one collection.
  func histories(_ number: UInt64) -> String { directory.file("histories-\(number)") }

  /// Everything besides rows and histories.
  func state(_ number: UInt64) -> String { directory.file("state-\(number)") }

  var manifest: TwoGenerationFile { directory.twoGenerationFile("manifest", limit: CheckpointManifest.byteCount) }

  /// Removes files that a crash has left before they had their names: they are of no use, and a sync could wait for
  /// them.
  func removeUnfinished() throws(DiskError) {
    for name in try directory.disk.list(directory.path) where name.hasSuffix(".incoming") || name.hasSuffix(".new") {
      try directory.disk.remove(directory.file(name))
    }
  }

  private static let prefixes = ["rows-", "histories-", "state-"]

  /// Removes rows, histories and states that no checkpoint needs, and what a crash has left of unfinished ones.
  func removeAll(but needed: Set<String>) throws(DiskError) {
    for name in try directory.disk.list(directory.path) {
      let path = directory.file(name)
      guard Self.prefixes.contains(where: name.hasPrefix), !needed.contains(path) else { continue }
      try directory.disk.remove(path)
    }
  }
}
