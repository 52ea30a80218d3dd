package import Metadata
package import Placement
package import Storage
import Telemetry
import Vocabulary
import Wire

/// Why a coordinator cannot start.
package enum StartError: Error, Sendable {
  /// There is no shard map yet, and no list of shards to make the first one of.
  case noShards
  /// No shard of the list is in the stored map.
  case otherShards(stored: [String], given: [String])
  /// The list of shards makes no map.
  case noMap(ShardMapError)
  case shardMapStore(ShardMapStoreError)
  case storage(StorageError)
  /// A model that served before cannot be loaded.
  case model(collection: String, reason: String)

  /// One line for people.
  package var text: String {
    switch self {
    case .noShards: "no shard map is stored yet: give the addresses of the shards"
    case .otherShards(let stored, let given):
      "the data directory belongs to a cluster with the shards \(stored.joined(separator: ", ")), but "
        + "\(given.joined(separator: ", ")) were given; give its own shards, or none"
    case .noMap(.addressTwice): "an address stands twice in the list of shards"
    case .noMap(.badShardCount(let count)): "\(count) shards were given; a cluster has 1 to \(Limits.shardsMax)"
    case .noMap(let error): "the list of shards makes no shard map: \(error)"
    case .shardMapStore(.storage(let error)): error.text
    case .shardMapStore(let error): "the shard map cannot be had: \(error)"
    case .storage(let error): error.text
    case .model(let collection, let reason): "the model of collection \(collection) cannot be loaded: \(reason)"
    }
  }
}

/// Where the coordinator's shard map comes from.
enum MapHome {
  /// The stored map; at the very first start a new one over the given shards, of a new cluster.
  ///
  /// A cluster that has grown is still started with the list of its first start: the stored map counts, and the log says
  /// so. A list that has nothing in common with it is a mistake: the data directory is another cluster's.
  /// - Parameter addresses: `HOST:PORT` of each shard; empty: those of the stored map.
  static func open(
    _ store: any ShardMapStore, addresses: [String], random: any RandomSource, log: Log? = nil
  ) async throws(StartError) -> StoredShardMap {
    let stored: StoredShardMap?
    do throws(ShardMapStoreError) { stored = try await store.get() } catch { throw .shardMapStore(error) }
    if let stored {
      let known = stored.map.shards.map(\.address)
      guard addresses.isEmpty || !Set(addresses).isDisjoint(with: known) else {
        throw .otherShards(stored: known, given: addresses)
      }
      if !addresses.isEmpty, addresses != known {
        log?(
          .warning, "the stored shard map counts, not the shards that were given",
          ["stored": .text(known.joined(separator: ",")), "given": .text(addresses.joined(separator: ","))])
      }
      return stored
    }
    guard !addresses.isEmpty else { throw .noShards }
    // Zero means "not known", so no cluster has it.
    let clusterID = Bytes16(low: random.next() | 1, high: random.next()).bytes
    let map: ShardMap
    do throws(ShardMapError) { map = try .first(clusterID: clusterID, addresses: addresses) } catch {
      throw .noMap(error)
    }
    do throws(ShardMapStoreError) { return try await store.compareAndSet(map, expected: nil) } catch {
      throw .shardMapStore(error)
    }
  }
}
