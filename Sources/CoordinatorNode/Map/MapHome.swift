import Bytes
import Metadata
import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

/// The coordinator's shard map as its store holds it: that of what serves, or for a moment a later one.
final class MapHome: Sendable {
  private struct Stored {
    let map: ShardMap
    let revision: UInt64

    init(_ value: MetadataValue) throws(StartError) {
      var reader = ByteReader(value.bytes)
      do throws(ByteError) {
        map = try ShardMap(from: &reader)
        try reader.finish()
      } catch { throw .notAShardMap }
      revision = value.revision
    }
  }

  /// How long to wait before a store that did not say what it holds is asked again.
  private static let askAgainMicroseconds: UInt64 = 100_000

  private let surroundings: Coordinator.Surroundings
  private let stored: Lock<Stored>
  private let writer: UInt64

  /// The stored map; at the very first start a new one over the given shards, of a new cluster.
  ///
  /// A cluster that has grown is still started with the list of its first start: the stored map counts, and the log says
  /// so. A list that has nothing in common with it is a mistake: the data directory is another cluster's.
  /// - Parameter addresses: `HOST:PORT` of each shard; empty: those of the stored map.
  init(_ surroundings: Coordinator.Surroundings, addresses: [String]) async throws(StartError) {
    self.surroundings = surroundings
    writer = surroundings.random.next()
    let value: MetadataValue?
    do throws(MetadataError) { value = try await surroundings.metadata.get(.shardMap) } catch { throw .metadata(error) }
    if let value {
      let stored = try Stored(value)
      let known = stored.map.shards.map(\.words)
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
    stored = Lock(try Stored(await Self.writeFirst(map, surroundings)))
  }

  /// Writes the map of a cluster that has none yet.
  ///
  /// - Returns: what the store holds then.
  @discardableResult
  static func writeFirst(
    _ map: ShardMap, _ surroundings: Coordinator.Surroundings
  ) async throws(StartError) -> MetadataValue {
    let change = MetadataChange(.shardMap, map.bytes, expected: nil, writer: surroundings.random.next(), number: 0)
    do throws(MetadataError) { return try await surroundings.metadata.compareAndSet(change) } catch {
      throw .metadata(error)
    }
  }

  /// The newest map.
  var map: ShardMap { stored.withLock { $0.map } }

  /// Makes a map the newest. As long as the store cannot say whether it has it, this asks again and does not return.
  ///
  /// - Throws: METADATA_UNAVAILABLE: nothing has changed.
  func commit(_ map: ShardMap) async throws(WireError) {
    let expected = stored.withLock { $0.revision }
    let change = MetadataChange(
      .shardMap, map.bytes, expected: expected, writer: writer, number: surroundings.random.next())
    while true {
      do {
        let new = try Stored(try await surroundings.metadata.compareAndSet(change))
        stored.withLock { $0 = new }
        // A later map over ours: another coordinator's.
        if new.map == map { return }
      } catch MetadataError.undecided(let reason) {
        surroundings.log?.limited(
          by: "read back", .error, "the store of the shard map does not say what it holds", ["reason": .text(reason)])
        await surroundings.sleep(Self.askAgainMicroseconds)
        continue
      } catch let error as MetadataError {
        surroundings.log?(.error, "the shard map was not written", ["reason": .text(error.text)])
      } catch {}
      throw WireError(.metadataUnavailable, retryAfterMilliseconds: 1000, message: "the shard map was not written")
    }
  }
}

extension ShardMap {
  /// The map as its store keeps it.
  fileprivate var bytes: [UInt8] {
    var writer = ByteWriter()
    write(to: &writer)
    return writer.bytes
  }
}
