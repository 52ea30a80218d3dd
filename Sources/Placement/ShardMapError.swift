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
  /// More than 255.
  case tooManyReplicas(ShardID)
  /// Not `HOST:PORT`.
  case badAddress(ShardID)
  /// A first map was asked for with one address for two shards.
  case addressTwice
  /// Not 4,096.
  case badSlotCount(Int)
  /// A slot belongs to a shard that the map does not have.
  case ownerOutOfRange
}
