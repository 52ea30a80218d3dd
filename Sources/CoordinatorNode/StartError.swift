package import Metadata
package import Placement
package import Storage
import Vocabulary

/// Why a coordinator cannot start.
package enum StartError: Error, Sendable {
  /// There is no shard map yet, and no list of shards to make the first one of.
  case noShards
  /// No shard of the list is in the stored map.
  case otherShards(stored: [String], given: [String])
  /// The stored map is of another cluster than the node's certificate.
  case otherCluster
  /// The list of shards makes no map.
  case noMap(ShardMapError)
  /// The store of what the cluster agrees on cannot be read or written.
  case metadata(MetadataError)
  /// The bytes of a stored value are whole but are none; what it is, in words.
  case unreadable(String)
  case storage(StorageError)
  /// The shards do not say what a directory could be made of, or it is not empty.
  case cannotAdopt(String)

  /// One line for people.
  package var text: String {
    switch self {
    case .noShards: "no shard map is stored yet: give the addresses of the shards"
    case .otherShards(let stored, let given):
      "the data directory belongs to a cluster with the shards \(stored.joined(separator: ", ")), but "
        + "\(given.joined(separator: ", ")) were given; give its own shards, or none"
    case .otherCluster:
      "the data directory is of another cluster than the certificate: give that of its own authority, or make one with "
        + "'winnow tls init --cluster-id', which takes the id that 'winnow cluster status' shows"
    case .noMap(.addressTwice): "an address stands twice in the list of shards"
    case .noMap(.badShardCount(let count)): "\(count) shards were given; a cluster has 1 to \(Limits.shardsMax)"
    case .noMap(let error): "the list of shards makes no shard map: \(error)"
    case .metadata(.storage(let error)): error.text
    case .metadata(let error): "the shard map cannot be had: \(error.text)"
    case .unreadable(let what):
      "\(what) that is stored is whole but cannot be read; was it written by a later version?"
    case .storage(let error): error.text
    case .cannotAdopt(let reason): reason
    }
  }
}
