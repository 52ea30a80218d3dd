public import Vocabulary
import Wire

// Each of these returns at once; the coordinator moves the slots, and `slotMoves` says how far it is.
extension WinnowClient {
  /// The slots that are being moved, or were moved last.
  public func slotMoves(timeout: Duration? = nil) async throws(WinnowError) -> SlotMoves {
    try await rebalance(.status, .read, timeout)
  }

  /// Gives the cluster one more shard, and that shard its share of slots.
  ///
  /// - Throws: `refused` with `WRONG_CLUSTER` or `CONFLICT` if the shard belongs to a cluster or holds items,
  ///   `NO_REPLICA` if it does not answer.
  public func addShard(
    _ address: String, weight: Int = 100, _ options: MoveOptions = MoveOptions(), timeout: Duration? = nil
  ) async throws(WinnowError) -> SlotMoves {
    try Check.range(weight, 1...65_535, "weight")
    try Check.range(address.utf8.count, 1...255, "length of the address")
    return try await rebalance(.begin(.add(address: address, weight: UInt16(weight)), options.wire), .once, timeout)
  }

  /// Gives all slots of a shard to the others.
  ///
  /// - Throws: `refused` with `CONFLICT` for the last shard.
  public func drainShard(
    _ shard: ShardID, _ options: MoveOptions = MoveOptions(), timeout: Duration? = nil
  ) async throws(WinnowError) -> SlotMoves {
    try await rebalance(.begin(.drain(shard), options.wire), .once, timeout)
  }

  /// Takes a shard that keeps no slots out of the cluster.
  ///
  /// - Throws: `refused` with `CONFLICT` if it keeps some.
  public func removeShard(
    _ shard: ShardID, isDryRun: Bool = false, timeout: Duration? = nil
  ) async throws(WinnowError) -> SlotMoves {
    try await rebalance(.remove(shard, isDryRun: isDryRun), .once, timeout)
  }

  /// Gives a shard one more member, which gets a copy of what the shard holds; `NodeStatus.members` tells when it is in
  /// sync.
  ///
  /// - Parameter address: Of a shard process that belongs to no cluster and holds nothing.
  public func addMember(
    _ address: String, to shard: ShardID, timeout: Duration? = nil
  ) async throws(WinnowError) {
    try Check.range(address.utf8.count, 1...255, "length of the address")
    _ = try await rebalance(.addMember(address: address, to: shard), .once, timeout)
  }

  /// Takes a member of a shard out of the cluster.
  ///
  /// - Throws: `refused` with `CONFLICT` for the primary, and for one of two.
  public func removeMember(
    _ address: String, from shard: ShardID, timeout: Duration? = nil
  ) async throws(WinnowError) {
    try Check.range(address.utf8.count, 1...255, "length of the address")
    _ = try await rebalance(.removeMember(address: address, from: shard), .once, timeout)
  }

  /// Gives slots of a shard to another.
  public func moveSlots(
    _ slots: Int, from source: ShardID, to target: ShardID, _ options: MoveOptions = MoveOptions(),
    timeout: Duration? = nil
  ) async throws(WinnowError) -> SlotMoves {
    try Check.range(slots, 1...Limits.slotCount, "number of slots")
    return try await rebalance(.begin(.move(slots: slots, from: source, to: target), options.wire), .once, timeout)
  }

  /// Gives each shard its share of slots by weight.
  public func rebalance(
    _ options: MoveOptions = MoveOptions(), timeout: Duration? = nil
  ) async throws(WinnowError) -> SlotMoves {
    try await rebalance(.begin(.balance, options.wire), .once, timeout)
  }

  /// Lets go of the slots that are on their way; the plan stays.
  public func pauseMoves(timeout: Duration? = nil) async throws(WinnowError) -> SlotMoves {
    try await rebalance(.pause, .repeatable, timeout)
  }

  /// Goes on with the plan, perhaps at another pace.
  public func resumeMoves(
    bytesPerSecond: UInt64? = nil, timeout: Duration? = nil
  ) async throws(WinnowError) -> SlotMoves {
    try await rebalance(.resume(bytesPerSecond: bytesPerSecond ?? 0), .repeatable, timeout)
  }

  /// Ends the plan; slots that have moved stay where they are.
  public func cancelMoves(timeout: Duration? = nil) async throws(WinnowError) -> SlotMoves {
    try await rebalance(.cancel, .repeatable, timeout)
  }

  private func rebalance(
    _ step: RebalanceRequest.Step, _ kind: RetryPolicy.Kind, _ timeout: Duration?
  ) async throws(WinnowError) -> SlotMoves {
    SlotMoves(wire: try await call(RebalanceRequest(step), kind, timeout: timeout))
  }
}
