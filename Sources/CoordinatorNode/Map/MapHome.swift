import Metadata
import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// The coordinator's shard map as its store holds it: that of what serves, or for a moment a later one.
final class MapHome: Sendable {
  /// The outcome of a write to the store of the map.
  private enum Commitment {
    case done(StoredShardMap)
    /// The store holds another map than ours.
    case lost
    /// The store cannot say whether the map is there.
    case unknown
  }

  /// How long to wait before the store is asked again.
  private static let readBackMicroseconds: UInt64 = 100_000

  private let surroundings: Coordinator.Surroundings
  private let stored: Lock<StoredShardMap>

  /// The stored map; at the very first start a new one over the given shards, of a new cluster.
  ///
  /// A cluster that has grown is still started with the list of its first start: the stored map counts, and the log says
  /// so. A list that has nothing in common with it is a mistake: the data directory is another cluster's.
  /// - Parameter addresses: `HOST:PORT` of each shard; empty: those of the stored map.
  init(_ surroundings: Coordinator.Surroundings, addresses: [String]) async throws(StartError) {
    self.surroundings = surroundings
    let stored: StoredShardMap?
    do throws(ShardMapStoreError) { stored = try await surroundings.mapStore.get() } catch {
      throw .shardMapStore(error)
    }
    if let stored {
      let known = stored.map.shards.map(\.address)
      guard addresses.isEmpty || !Set(addresses).isDisjoint(with: known) else {
        throw .otherShards(stored: known, given: addresses)
      }
      if !addresses.isEmpty, addresses != known {
        surroundings.log?(
          .warning, "the stored shard map counts, not the shards that were given",
          ["stored": .text(known.joined(separator: ",")), "given": .text(addresses.joined(separator: ","))])
      }
      self.stored = Lock(stored)
      return
    }
    guard !addresses.isEmpty else { throw .noShards }
    let random = surroundings.random
    // Zero means "not known", so no cluster has it.
    let clusterID = Bytes16(low: random.next() | 1, high: random.next()).bytes
    let map: ShardMap
    do throws(ShardMapError) { map = try .first(clusterID: clusterID, addresses: addresses) } catch {
      throw .noMap(error)
    }
    do throws(ShardMapStoreError) {
      self.stored = Lock(try await surroundings.mapStore.compareAndSet(map, expected: nil))
    } catch {
      throw .shardMapStore(error)
    }
  }

  /// The newest map.
  var map: ShardMap { stored.withLock { $0.map } }

  /// Makes a map the newest. As long as the store cannot say whether it has it, this asks again and does not return.
  ///
  /// - Throws: METADATA_UNAVAILABLE: nothing has changed.
  func commit(_ map: ShardMap) async throws(WireError) {
    let expected = stored.withLock { $0 }
    var commitment = await write(map, over: expected)
    while case .unknown = commitment {
      surroundings.log?.limited(by: "read back", .error, "the store of the shard map does not say what it holds", [:])
      await surroundings.sleep(Self.readBackMicroseconds)
      commitment = await readBack(map, over: expected)
    }
    guard case .done(let new) = commitment else {
      throw WireError(.metadataUnavailable, retryAfterMilliseconds: 1000, message: "the shard map was not written")
    }
    stored.withLock { $0 = new }
  }

  private func write(_ map: ShardMap, over expected: StoredShardMap) async -> Commitment {
    do throws(ShardMapStoreError) {
      return .done(try await surroundings.mapStore.compareAndSet(map, expected: expected.revision))
    } catch {
      // Even a conflict may be with our own write, whose answer was lost.
      return await readBack(map, over: expected)
    }
  }

  private func readBack(_ map: ShardMap, over expected: StoredShardMap) async -> Commitment {
    do throws(ShardMapStoreError) {
      guard let found = try await surroundings.mapStore.get() else { return .lost }
      if found.map == map { return .done(found) }
      if found.map == expected.map { stored.withLock { $0 = found } }
      return .lost
    } catch {
      return .unknown
    }
  }
}
