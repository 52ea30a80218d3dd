import Bytes
import Metadata
import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// The coordinator's shard map as its store holds it: that of what serves, or for a moment a later one.
final class MapHome: Sendable {
  private let stored: AgreedValue<ShardMap>

  /// The stored map; at the very first start a new one over the given shards, of a new cluster.
  ///
  /// A cluster that has grown is still started with the list of its first start: the stored map counts, and the log says
  /// so. A list that has nothing in common with it is a mistake: the data directory is another cluster's.
  /// - Parameter addresses: `HOST:PORT` of each shard; empty: those of the stored map.
  init(_ surroundings: Coordinator.Surroundings, addresses: [String]) async throws(StartError) {
    // A map of which the store does not say whether it counts is asked for until it does.
    stored = try await AgreedValue(ShardMap.form, surroundings, patienceMicroseconds: nil) {
      () async throws(StartError) in
      guard !addresses.isEmpty else { throw .noShards }
      let random = surroundings.random
      // Zero means "not known", so no cluster has it.
      let clusterID = surroundings.clusterID ?? Bytes16(low: random.next() | 1, high: random.next()).bytes
      let map: ShardMap
      do throws(ShardMapError) { map = try .first(clusterID: clusterID, addresses: addresses) } catch {
        throw .noMap(error)
      }
      let value = try await surroundings.write(ShardMap.form.encode(map), first: .shardMap)
      // Another coordinator that starts at the same time may have been faster.
      do throws(WireError) { return (try ShardMap.form.decode(value.bytes), value.revision) } catch {
        throw .unreadable(ShardMap.form.words)
      }
    }
    guard surroundings.clusterID.map({ $0 == map.clusterID }) ?? true else { throw .otherCluster }
    let known = map.shards.map(\.words)
    guard addresses.isEmpty || !Set(addresses).isDisjoint(with: known) else {
      throw .otherShards(stored: known, given: addresses)
    }
    if !addresses.isEmpty, addresses != known {
      surroundings.log?(
        .warning, "the stored shard map counts, not the shards that were given",
        ["stored": .text(known.joined(separator: ",")), "given": .text(addresses.joined(separator: ","))])
    }
  }

  /// The newest map.
  var map: ShardMap { stored.current }

  /// The store's number for it.
  var revision: UInt64 { stored.revision }

  /// Makes a map the newest. As long as the store cannot say whether it has it, this asks again and does not return.
  ///
  /// - Throws: METADATA_UNAVAILABLE: nothing has changed.
  func commit(_ map: ShardMap) async throws(WireError) {
    let base = self.map
    do throws(WireError) {
      try await stored.update { (current) throws(WireError) in
        // A later map over ours: another coordinator's.
        guard current == base else { throw .mapNotWritten }
        current = map
      }
    } catch {
      guard error.code == .storageFull || error.code == .storageFailed else { throw error }
      throw .mapNotWritten
    }
    guard self.map == map else { throw .mapNotWritten }
  }

  /// From now on the map of the store is taken for a newer one.
  func forgetRevision() async throws(WireError) { try await stored.forgetRevision() }

  /// Writes a map over that of a store that went back.
  func restore(_ map: ShardMap) async throws(WireError) { try await stored.restore { $0 = map } }

  /// Takes a map that another coordinator has made.
  func take(_ value: MetadataValue) throws(WireError) { try stored.take(value) }
}

extension WireError {
  fileprivate static var mapNotWritten: WireError {
    WireError(.metadataUnavailable, retryAfterMilliseconds: 1000, message: "the shard map was not written")
  }
}

extension ShardMap {
  /// The map as its store keeps it.
  static var form: AgreedValue<ShardMap>.Form {
    .init(
      name: .shardMap, words: "the shard map",
      decode: { (bytes) throws(WireError) in
        var reader = ByteReader(bytes)
        do throws(ByteError) {
          let map = try ShardMap(from: &reader)
          try reader.finish()
          return map
        } catch { throw WireError(error) }
      },
      encode: { map in
        var writer = ByteWriter()
        map.write(to: &writer)
        return writer.bytes
      })
  }
}
