package import Storage
import Vocabulary

/// Values in files of the coordinator's data directory, two generations each; a value's revision is its file's
/// generation.
///
/// One process owns the files (see `DataDirectory`); others ask that process.
package final class FileMetadataStore: MetadataStore {
  /// More than the largest shard map has (256 shards with 255 replicas each), and the largest catalogue.
  private static let byteCountMax = 64 << 20

  private struct Entry {
    let file: TwoGenerationFile
    var current: MetadataValue?
    /// By this process.
    var changes = LastChanges()
    /// A write has failed, and what the file holds could not be read.
    var undecided: MetadataChange?
  }

  /// The paths of generations that were not whole when the store was opened: each worth a line in the log.
  package let damagedPaths: [String]
  private let directory: DataDirectory
  private let entries: Lock<[MetadataName: Entry]>
  private let watchers = Watchers()

  /// Opens the store and reads what it holds.
  ///
  /// - Throws: `StorageError`: the cluster must not start from an empty map then.
  package init(_ directory: DataDirectory) throws(StorageError) {
    var (entries, damagedPaths): ([MetadataName: Entry], [String]) = ([:], [])
    for name in MetadataName.fixed where name != .claim {
      let (entry, damagedPath) = try Self.open(name, directory)
      if entry.current == nil, name == .shardMap { try Self.requireEmpty(directory) }
      if let damagedPath { damagedPaths.append(damagedPath) }
      entries[name] = entry
    }
    self.directory = directory
    self.entries = Lock(entries)
    self.damagedPaths = damagedPaths
  }

  /// Whether a directory has a shard map of its own.
  package static func hasMap(in directory: DataDirectory) throws(StorageError) -> Bool {
    try directory.twoGenerationFile(MetadataName.shardMap.rawValue, limit: byteCountMax).read() != nil
  }

  private static func open(
    _ name: MetadataName, _ directory: DataDirectory
  ) throws(StorageError) -> (Entry, damagedPath: String?) {
    let fileName = String(name.rawValue.map { $0 == "/" ? "-" : $0 })
    let file = directory.twoGenerationFile(fileName, limit: byteCountMax)
    let contents = try file.read()
    let current = contents.map { MetadataValue(bytes: $0.bytes, revision: $0.generation) }
    return (Entry(file: file, current: current), contents?.damagedPath)
  }

  /// What is known of a value; those of shards are looked for when they are asked for.
  private func entry(
    _ name: MetadataName, _ entries: inout [MetadataName: Entry]
  ) throws(MetadataError) -> Entry {
    if let entry = entries[name] { return entry }
    do throws(StorageError) {
      let entry = try Self.open(name, directory).0
      entries[name] = entry
      return entry
    } catch { throw .storage(error) }
  }

  /// Makes sure that a directory without a map is one in which a cluster may begin.
  private static func requireEmpty(_ directory: DataDirectory) throws(StorageError) {
    let fileName = MetadataName.shardMap.rawValue
    let stranger: (file: String, owner: String?)?
    do throws(DiskError) { stranger = try directory.stranger(besides: fileName) } catch { throw .disk(error) }
    guard let stranger else { return }
    if let owner = stranger.owner { throw .misplaced(path: directory.path, owner: owner) }
    throw .damaged(
      path: directory.file(fileName),
      hint: "it is missing beside \(stranger.file); give the coordinator an empty directory, or the one that it had")
  }

  package func get(_ name: MetadataName) throws(MetadataError) -> MetadataValue? {
    try entries.withLock { (entries) throws(MetadataError) in
      var entry = try entry(name, &entries)
      defer { entries[name] = entry }
      do throws(StorageError) { try settle(&entry) } catch { throw .storage(error) }
      return entry.current
    }
  }

  package func compareAndSet(_ change: MetadataChange) throws(MetadataError) -> MetadataValue {
    // The lock is held while the disk writes: the next writer must compare with what this one leaves.
    try entries.withLock { (entries) throws(MetadataError) in
      var entry = try entry(change.name, &entries)
      defer { entries[change.name] = entry }
      do throws(StorageError) { try settle(&entry) } catch { throw .undecided(error.text, because: error) }
      if entry.changes.contains(change), let current = entry.current { return current }
      guard entry.current?.revision == change.expected else { throw .conflict(entry.current) }
      do throws(StorageError) { return try write(change, &entry) } catch {
        entry.undecided = change
        let failure = error
        do throws(StorageError) { try settle(&entry) } catch { throw .undecided(error.text, because: failure) }
        guard entry.changes.contains(change), let current = entry.current else { throw .storage(failure) }
        return current
      }
    }
  }

  /// Writes a change over what is there.
  private func write(_ change: MetadataChange, _ entry: inout Entry) throws(StorageError) -> MetadataValue {
    let value = MetadataValue(bytes: change.bytes, revision: try entry.file.write(change.bytes))
    entry.current = value
    entry.changes = entry.changes.adding(change)
    watchers.tell(change.name, value)
    return value
  }

  /// After a write that failed: reads what is there. A new value that can be read need not be durable, so it is written
  /// once more.
  private func settle(_ entry: inout Entry) throws(StorageError) {
    guard let change = entry.undecided else { return }
    if let contents = try entry.file.read(), contents.generation != entry.current?.revision {
      _ = try write(change, &entry)
    }
    entry.undecided = nil
  }

  package func watch(_ name: MetadataName) -> AsyncStream<MetadataValue> {
    entries.withLock { watchers.add(name, current: $0[name]?.current) }
  }
}
