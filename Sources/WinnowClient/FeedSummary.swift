import Vocabulary
import Wire

/// The outcome of a feed so far.
public struct FeedSummary: Hashable, Sendable {
  /// Changes taken from the source.
  public internal(set) var itemsRead = 0
  /// Items that the cluster had not.
  public private(set) var itemsInserted = 0
  /// Items that the cluster had, written whole.
  public private(set) var itemsReplaced = 0
  /// Items of which some attributes were changed.
  public private(set) var itemsUpdated = 0
  /// Items removed.
  public private(set) var itemsDeleted = 0
  /// Items to be removed that were not there.
  public private(set) var itemsAbsent = 0
  /// Changes that the collection cannot take: faulty, of an item that is not there, or of another version than expected.
  public internal(set) var itemsRejected = 0
  /// Changes that were sent and have no answer; feeding them again is safe.
  public private(set) var itemsUnsettled = 0
  /// Changes that an earlier feed of the same source had settled, with any outcome.
  public internal(set) var itemsSkipped = 0
  /// Whether every answer so far was given for what is on disk.
  public private(set) var isDurable = true
  /// How many members of its shard had each item at least when it was acknowledged; `nil`: not known.
  public private(set) var copies: Int?
  /// Why the feed ended early; `nil` if it did not.
  public internal(set) var failure: WinnowError?

  /// The digest of the items written into a named generation, to be compared with that of the generation.
  private(set) var content = ItemDigest()

  /// Nothing yet.
  public init() {}

  /// Changes that the cluster has made, or need not make.
  public var itemsWritten: Int { itemsInserted + itemsReplaced + itemsUpdated + itemsDeleted + itemsAbsent }
  /// Whether every change of the source is in the cluster.
  public var isWhole: Bool { failure == nil && itemsWritten + itemsSkipped == itemsRead }

  mutating func add(_ attempt: FeedAttempt, isMeasured: Bool, _ rejected: (Feeder.Rejection) -> Void) {
    isDurable = isDurable && attempt.isDurable
    if let known = attempt.copies { copies = min(copies ?? .max, known) }
    for (position, element) in attempt.part.elements.enumerated() {
      let status = attempt.statuses[position]
      guard
        let reason = count(element.change, status, attempt, isMeasured: isMeasured, version: attempt.versions[position])
      else { continue }
      if status.isSettled { itemsRejected += 1 } else { itemsUnsettled += 1 }
      rejected(Feeder.Rejection(tag: element.tag, item: element.change.id, reason: reason))
    }
  }

  /// - Returns: Why the change was not made; `nil` if it was.
  private mutating func count(
    _ change: FeedChange, _ status: WriteOutcome.Status, _ attempt: FeedAttempt, isMeasured: Bool, version: UInt64
  ) -> String? {
    switch (status, change) {
    case (.inserted, let change):
      itemsInserted += 1
      if isMeasured, case .upsert(let item) = change { content.add(item) }
    case (.replaced, .update): itemsUpdated += 1
    case (.replaced, _): itemsReplaced += 1
    case (.deleted, _): itemsDeleted += 1
    case (.absent, .delete): itemsAbsent += 1
    case (.absent, _): return "there is no such item"
    case (.conflict, _):
      return version == 0 ? "there is no such item, in any version" : "the item has version \(version)"
    case (.notExecuted, _), (.unknown, _):
      return attempt.failure?.description
        ?? (status == .unknown ? "its shard did not answer" : "its shard could not be asked")
    }
    return nil
  }
}
