package import Vocabulary

/// Why parts make no shard map.
package enum ShardMapError: Error, Hashable, Sendable {
  case zeroEpoch
  /// Not 16 bytes, or all zero, which on the wire means "not known".
  case badClusterID
  /// Not 1…256.
  case badShardCount(Int)
  /// Two shards have this id.
  case shardTwice(ShardID)
  /// Shards do not stand in the order of their ids.
  case idsDescend
  /// More than 255.
  case tooManyReplicas(ShardID)
  /// Not `HOST:PORT`.
  case badAddress(ShardID)
  /// Two shards have one address.
  case addressTwice
  /// Not 4,096.
  case badSlotCount(Int)
  /// A slot belongs to a shard that the map does not have.
  case ownerOutOfRange
  /// A change names a shard that the map does not have.
  case noSuchShard(ShardID)
  /// A shard that keeps slots cannot go.
  case shardNotEmpty(ShardID)
  /// No shard would have a weight, so that the slots had no place.
  case noWeight
  /// The map has changed 4,294,967,295 times.
  case noEpochLeft
}
