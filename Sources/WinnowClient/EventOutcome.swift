import Wire

/// What became of a batch of events: how many of each.
public struct EventOutcome: Hashable, Sendable {
  /// Kept, and visible to every query that starts now.
  public var accepted = 0
  /// Of these, those of shoppers who were faster than a person.
  public var fast = 0
  /// Older than the collection keeps events.
  public var tooOld = 0
  /// More than 5 minutes ahead of the coordinator's clock.
  public var inFuture = 0
  /// From before the shopper was forgotten.
  public var forgotten = 0
  /// The shopper's shard could not be asked.
  public var notExecuted = 0
  /// The shopper's shard did not answer: sending the batch again is safe.
  public var unknown = 0
  /// Whether what was accepted is on disk, and not in memory alone.
  public var isDurable = false

  init(_ response: EventResponse) {
    let counts = response.counts
    (accepted, fast) = (Int(counts.accepted), Int(counts.fast))
    (tooOld, inFuture, forgotten) = (Int(counts.tooOld), Int(counts.inFuture), Int(counts.forgotten))
    (notExecuted, unknown) = (Int(response.notExecuted), Int(response.unknown))
    isDurable = response.durability == .disk
  }

  /// Whether the cluster has answered for every event.
  public var isSettled: Bool { notExecuted == 0 && unknown == 0 }
}

extension EventResponse {
  /// The class of a batch to send again: a shard could not be asked, or did not answer.
  @Sendable static func unfinished(_ response: EventResponse) -> ErrorClass? {
    if response.unknown > 0 { return [.retriable, .indefinite] }
    return response.notExecuted > 0 ? [.retriable, .notExecuted] : nil
  }
}
