import Bytes
package import Placement
package import Storage
import Vocabulary

/// The shard map in a file of the coordinator's data directory; its revision is the file's generation.
///
/// One process owns the file (see `DataDirectory`); others ask that process.
package final class FileShardMapStore: ShardMapStore {
  /// More than the largest map has: 256 shards with 255 replicas each.
  private static let byteCountMax = 32 << 20

  private static let fileName = "shard-map"

  private struct State {
    var current: StoredShardMap?
    /// A write has failed: the file has the old map or the new one.
    var isUncertain = false
    var watchers: [UInt64: AsyncStream<StoredShardMap>.Continuation] = [:]
    var watcherCount: UInt64 = 0
  }

  /// The path of a generation that was not whole when the store was opened: worth a line in the log.
  package let damagedPath: String?
  private let file: TwoGenerationFile
  private let state: Lock<State>

  /// Opens the store and reads what it holds.
  ///
  /// - Throws: `ShardMapStoreError.storage` or `.notAShardMap`: the cluster must not start from an empty map then.
  package init(_ directory: DataDirectory) throws(ShardMapStoreError) {
    file = directory.twoGenerationFile(Self.fileName, limit: Self.byteCountMax)
    let contents: TwoGenerationFile.Contents?
    do throws(StorageError) {
      contents = try file.read()
      if contents == nil { try Self.requireEmpty(directory) }
    } catch { throw .storage(error) }
    var current: StoredShardMap?
    if let contents { current = StoredShardMap(map: try Self.map(contents.bytes), revision: contents.generation) }
    state = Lock(State(current: current))
    damagedPath = contents?.damagedPath
  }

  /// Makes sure that a directory without a map is one in which a cluster may begin.
  private static func requireEmpty(_ directory: DataDirectory) throws(StorageError) {
    let stranger: (file: String, owner: String?)?
    do throws(DiskError) { stranger = try directory.stranger(besides: fileName) } catch { throw .disk(error) }
    guard let stranger else { return }
    if let owner = stranger.owner { throw .misplaced(path: directory.path, owner: owner) }
    throw .damaged(
      path: directory.file(fileName),
      hint: "it is missing beside \(stranger.file); give the coordinator an empty directory, or the one that it had")
  }

  deinit { for watcher in state.withLock({ $0.watchers.values }) { watcher.finish() } }

  package func get() throws(ShardMapStoreError) -> StoredShardMap? {
    try state.withLock { (state) throws(ShardMapStoreError) in
      try settle(&state)
      return state.current
    }
  }

  package func compareAndSet(_ map: ShardMap, expected: UInt64?) throws(ShardMapStoreError) -> StoredShardMap {
    // The lock is held while the disk writes: the next writer must compare with what this one leaves.
    try state.withLock { (state) throws(ShardMapStoreError) in
      try settle(&state)
      guard state.current?.revision == expected else { throw .conflict(state.current) }
      var writer = ByteWriter()
      map.write(to: &writer)
      let revision: UInt64
      do throws(StorageError) { revision = try file.write(writer.bytes) } catch {
        state.isUncertain = true
        throw .storage(error)
      }
      let stored = StoredShardMap(map: map, revision: revision)
      state.current = stored
      for watcher in state.watchers.values { watcher.yield(stored) }
      return stored
    }
  }

  /// After a write that failed: reads what is there. A new map that can be read need not be durable: it is written again.
  private func settle(_ state: inout State) throws(ShardMapStoreError) {
    guard state.isUncertain else { return }
    let contents: TwoGenerationFile.Contents?
    do throws(StorageError) { contents = try file.read() } catch { throw .storage(error) }
    if let contents, contents.generation != state.current?.revision {
      let map = try Self.map(contents.bytes)
      let revision: UInt64
      do throws(StorageError) { revision = try file.write(contents.bytes) } catch { throw .storage(error) }
      let new = StoredShardMap(map: map, revision: revision)
      state.current = new
      for watcher in state.watchers.values { watcher.yield(new) }
    }
    state.isUncertain = false
  }

  package func watch() -> AsyncStream<StoredShardMap> {
    let (stream, continuation) = AsyncStream.makeStream(of: StoredShardMap.self, bufferingPolicy: .bufferingNewest(1))
    let number = state.withLock { state in
      state.watcherCount += 1
      state.watchers[state.watcherCount] = continuation
      if let current = state.current { continuation.yield(current) }
      return state.watcherCount
    }
    continuation.onTermination = { [weak self] _ in self?.state.withLock { _ = $0.watchers.removeValue(forKey: number) }
    }
    return stream
  }

  private static func map(_ bytes: [UInt8]) throws(ShardMapStoreError) -> ShardMap {
    var reader = ByteReader(bytes)
    do throws(ByteError) {
      let map = try ShardMap(from: &reader)
      try reader.finish()
      return map
    } catch {
      throw .notAShardMap
    }
  }
}
