import Placement
import Retrieval
package import Storage
package import Vocabulary
package import Wire

/// A shard as its data directory holds it: opened, or made if the directory is empty.
package struct RecoveredShard: ~Copyable {
  package let incarnation: Bytes16
  /// Records of the log behind the last checkpoint.
  package let replayedRecords: UInt64
  /// Small files of which one copy is not whole: worth a line in the log.
  package let damagedPaths: [String]
  let journal: ShardJournal
  var state: ShardState

  /// Items of all collections.
  package var itemCount: Int { state.instances.values.reduce(0) { $0 + $1.table.count } }

  /// Reads everything back: identity, checkpoint, and what the log holds behind it.
  ///
  /// - Parameters:
  ///   - address: Where the shard listens; the map that it kept must not have another shard there.
  ///   - epochMicroseconds: How long searches of an epoch are answered after the next one was installed.
  ///   - random: For the identity of a new directory, and for the log.
  ///   - disk: Where commits and checkpoints run, two threads at best: one must not wait for the other.
  /// - Throws: `.damaged` if something is missing or not whole that was durable; `.foreign` for files of another shard;
  ///   `.misplaced` for the directory of another node; `.disk`.
  package init(
    _ directory: DataDirectory, options: ShardJournal.Options = ShardJournal.Options(), address: String = "",
    epochMicroseconds: UInt64 = ShardNode.Configuration().epochMicroseconds, random: any RandomSource,
    clock: any MonotonicClock, disk: any TaskExecutor
  ) throws(StorageError) {
    var damagedPaths: [String] = []
    var identity = try Self.identity(of: directory, random, &damagedPaths)
    let files = ShardFiles(directory: directory)
    do throws(DiskError) { try files.removeUnfinished() } catch { throw .disk(error) }
    var recovery = ShardRecovery(files, owner: identity.owner)
    let manifest = try Self.manifest(files, owner: identity.owner, &damagedPaths)
    var state = ShardState(isDurable: true, epochMicroseconds: epochMicroseconds)
    if let manifest { try recovery.read(manifest, into: &state) }
    var replayed: UInt64 = 0
    var replayedBytes = 0
    let log = try WriteAheadLog(
      in: directory, owner: identity.owner, after: manifest?.sequence ?? 0, options: options.log, random: random,
      admit: { () throws(StorageError) in try Self.check(state, at: address, directory) }
    ) { (sequence, payload) throws(StorageError) in
      do throws(WireError) {
        guard let record = ShardRecord(payload: payload) else { throw WireError(.malformedBody) }
        try state.replay(record)
      } catch {
        throw .damaged(
          path: directory.file("log"), hint: "record \(sequence) cannot be applied: \(error.code.name)")
      }
      replayed += 1
      replayedBytes += payload.count
    }
    if !identity.isStarted {
      identity.isStarted = true
      _ = try ShardIdentity.file(in: directory).write(identity.bytes)
    }
    let writer = CheckpointWriter(
      files, owner: identity.owner, after: manifest, recovery.segments, recovery.historySegments)
    do throws(DiskError) { try writer.removeOthers() } catch { throw .disk(error) }
    incarnation = identity.incarnation
    replayedRecords = replayed
    self.damagedPaths = damagedPaths
    journal = ShardJournal(
      log: log, directory: directory, checkpoints: Checkpoints(writer), bytesSinceCut: replayedBytes, options: options,
      clock: clock, disk: disk)
    self.state = state
  }

  private static func identity(
    of directory: DataDirectory, _ random: any RandomSource, _ damagedPaths: inout [String]
  ) throws(StorageError) -> ShardIdentity {
    let file = ShardIdentity.file(in: directory)
    let path = directory.file(ShardIdentity.fileName)
    let names: [String]
    do throws(DiskError) { names = try directory.disk.list(directory.path) } catch { throw .disk(error) }
    if let contents = try file.read() {
      damagedPaths += [contents.damagedPath].compactMap { $0 }
      guard let identity = ShardIdentity(contents.bytes) else {
        throw .damaged(path: path, hint: "it is not the identity of a shard, or of a later version of Winnow")
      }
      guard !identity.isStarted || names.contains(where: { $0.hasPrefix("log") }) else {
        throw .damaged(path: directory.file("log"), hint: "it was durable and is missing")
      }
      return identity
    }
    let stranger: (file: String, owner: String?)?
    do throws(DiskError) { stranger = try directory.stranger(besides: ShardIdentity.fileName) } catch {
      throw .disk(error)
    }
    if let stranger {
      if let owner = stranger.owner { throw .misplaced(path: directory.path, owner: owner) }
      throw .damaged(
        path: path,
        hint: "it is missing beside \(stranger.file); give the shard an empty directory, or the one that it had")
    }
    let identity = ShardIdentity(
      incarnation: Bytes16(low: random.next(), high: random.next()), owner: random.next())
    _ = try file.write(identity.bytes)
    return identity
  }

  /// Two shards whose directories were swapped start on each other's data.
  private static func check(
    _ state: borrowing ShardState, at address: String, _ directory: DataDirectory
  ) throws(StorageError) {
    guard let map = state.map, let own = state.shard else { return }
    guard let place = map.shards.first(where: { $0.address == address }), place.id != own else { return }
    throw .misplaced(path: directory.path, owner: map.words(for: own))
  }

  private static func manifest(
    _ files: ShardFiles, owner: UInt64, _ damagedPaths: inout [String]
  ) throws(StorageError) -> CheckpointManifest? {
    guard let contents = try files.manifest.read() else { return nil }
    damagedPaths += [contents.damagedPath].compactMap { $0 }
    let path = files.directory.file("manifest")
    guard let manifest = CheckpointManifest(contents.bytes) else {
      throw .damaged(path: path, hint: "it is not in a format of this version")
    }
    guard manifest.owner == owner else { throw .foreign(path: path) }
    return manifest
  }
}
