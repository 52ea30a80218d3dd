import Placement
package import Transport
import Vocabulary
import Wire

/// What connections and STATUS see of a shard without waiting for its store.
package struct ShardStanding: Sendable {
  /// The server that coordinators connect to, once it is up: STATUS shows the traffic of its links.
  package var server: Server?
  /// Whether the node takes no new requests any more, for STATUS.
  package var isDraining = false
  /// Whether all that a start has left open is done.
  var isWarm = false
  /// As far as it is durable.
  var map: ShardMap?
  var shard: ShardID?
  /// The number of the coordinator whose changes are made, as far as that is durable.
  var claim: UInt64 = 0

  /// The shard in words, once it has its place in a cluster.
  var owner: String? { map.flatMap { map in shard.map { map.words(for: $0) } } }
}
