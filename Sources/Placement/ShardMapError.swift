package import Vocabulary

/// Why parts make no shard map.
package enum ShardMapError: Error, Hashable, Sendable {
  case zeroEpoch
  /// Not 16 bytes, or all zero, which on the wire means "not known".
  case badClusterID
  /// Not 1…256.
  case badShardCount(Int)
  /// Ids must ascend, so that equal maps have equal bytes and no id stands twice.
  case shardsNotAscending
  /// More than 255.
  case tooManyReplicas(ShardID)
  /// Not `HOST:PORT`.
  case badAddress(ShardID)
  /// Two servers of the map have this shard's address.
  case addressTwice(ShardID)
  /// Not 4,096.
  case badSlotCount(Int)
  /// A slot belongs to a shard that the map does not have.
  case ownerOutOfRange
}
