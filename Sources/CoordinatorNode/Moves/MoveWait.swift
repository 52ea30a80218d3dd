import Vocabulary
import Wire

/// What a plan of moves waits for. It goes on by itself.
struct MoveWait: Sendable {
  enum Cause: Sendable, Equatable {
    /// A shard cannot be asked.
    case away(ShardID)
    /// A shard still answers searches of an epoch in which it had the slots that it is to get.
    case busy(ShardID, until: Instant)
  }

  let cause: Cause
  let since: Instant

  /// For people.
  func words(at now: Instant) -> String {
    switch cause {
    case .away(let shard):
      "waits for shard \(shard.rawValue), which cannot be reached: \(since.microseconds(until: now) / 1_000_000) s"
    case .busy(let shard, let until):
      "shard \(shard.rawValue) still answers an earlier shard map, in which it had these slots: "
        + "\((now.microseconds(until: until) + 999_999) / 1_000_000) s left"
    }
  }

  /// How long a batch has waited within its work.
  func busyMicroseconds(at now: Instant) -> UInt64 {
    if case .busy = cause { since.microseconds(until: now) } else { 0 }
  }

  /// How long it has waited for a shard that cannot be asked.
  func awayMicroseconds(at now: Instant) -> UInt64 {
    if case .away = cause { since.microseconds(until: now) } else { 0 }
  }
}

extension SlotTransfer.Failure {
  /// Whether the target cannot take the slots yet, but soon.
  var isBusy: Bool { side == .target && code == .slotFrozen }

  /// Whether a shard did not answer, or is about to end.
  var isAway: Bool { side != nil && [.noReplica, .shuttingDown].contains(code) }
}
