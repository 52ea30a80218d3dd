package import Placement
package import Storage

/// A shard map as a store keeps it.
package struct StoredShardMap: Hashable, Sendable {
  /// The map.
  package let map: ShardMap
  /// The store's number for this state; grows with each write and is what `compareAndSet` compares.
  package let revision: UInt64

  /// A map in a state of the store.
  package init(map: ShardMap, revision: UInt64) {
    self.map = map
    self.revision = revision
  }
}

/// Why a shard map could not be read or written.
package enum ShardMapStoreError: Error, Hashable, Sendable {
  /// Another writer was faster: this is what the store holds now, `nil` if it holds nothing.
  case conflict(StoredShardMap?)
  /// The bytes are whole but are no shard map.
  case notAShardMap
  /// The storage beneath failed; after a write the old map or the new one is there.
  case storage(StorageError)
}

/// The home of the shard map: one value, changed only by comparing what one has seen with what is there.
package protocol ShardMapStore: Sendable {
  /// The map that is there, or `nil` if none was ever written.
  func get() async throws(ShardMapStoreError) -> StoredShardMap?

  /// Writes a map if the store still holds what the caller has seen; durable on return.
  ///
  /// - Parameter expected: the revision seen; `nil` if the store was empty.
  /// - Throws: `ShardMapStoreError.conflict` if it holds something else.
  func compareAndSet(_ map: ShardMap, expected: UInt64?) async throws(ShardMapStoreError) -> StoredShardMap

  /// The map that is there, if any, and every later one; a slow reader gets the newest and misses those between.
  func watch() -> AsyncStream<StoredShardMap>
}
