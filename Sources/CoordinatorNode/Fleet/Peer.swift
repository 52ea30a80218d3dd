import Placement
import Vocabulary
import Wire

/// A shard of the map and how it is reached.
struct Peer: Sendable {
  let shard: ShardMap.Shard
  let slots: Int
  let caller: any ShardCaller
  /// Telling the shard what it has to do, one at a time, so that a drop and a creation never cross.
  let turn: Gate

  var id: ShardID { shard.id }
  /// `nil`: the shard has one.
  var members: ShardMembers? { caller as? ShardMembers }
}

extension WireError {
  /// A shard that has to be asked cannot be.
  static func unasked(_ peer: Peer) -> WireError {
    WireError(
      .noReplica, shard: UInt32(peer.id.rawValue), retryAfterMilliseconds: 200,
      message: "shard \(peer.id.rawValue) cannot be asked")
  }
}
