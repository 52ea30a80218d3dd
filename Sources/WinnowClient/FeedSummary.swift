import Vocabulary
import Wire

/// What has become of a feed so far.
public struct FeedSummary: Hashable, Sendable {
  /// Items taken from the source.
  public internal(set) var itemsRead = 0
  /// Items that the cluster had not.
  public private(set) var itemsInserted = 0
  /// Items that the cluster had.
  public private(set) var itemsReplaced = 0
  /// Items that the collection cannot take.
  public internal(set) var itemsRejected = 0
  /// Items that were sent and for which nobody answered; feeding them again is safe.
  public private(set) var itemsUnsettled = 0
  /// Why the feed ended early; `nil` if it did not.
  public internal(set) var failure: WinnowError?

  /// What was written into a generation that was named, to be compared with what it holds.
  private(set) var content = ItemDigest()

  /// Nothing yet.
  public init() {}

  /// Items that the cluster has acknowledged.
  public var itemsWritten: Int { itemsInserted + itemsReplaced }
  /// Whether every item of the source is in the cluster.
  public var isWhole: Bool { failure == nil && itemsWritten == itemsRead }

  mutating func add(_ answer: Feeder.Answer, isMeasured: Bool, _ rejected: (Feeder.Rejection) -> Void) {
    switch answer.result {
    case .failure(let error):
      failure = failure ?? error
      itemsUnsettled += answer.elements.count
      for element in answer.elements {
        rejected(.init(tag: element.tag, item: element.item.id, reason: error.description))
      }
    case .success(let outcome):
      for (element, status) in zip(answer.elements, outcome.statuses) {
        switch status {
        case .inserted:
          itemsInserted += 1
          if isMeasured { content.add(element.item) }
        case .replaced: itemsReplaced += 1
        case .conflict, .deleted, .absent:
          itemsRejected += 1
          rejected(.init(tag: element.tag, item: element.item.id, reason: "the cluster answered \(status)"))
        case .notExecuted, .unknown:
          itemsUnsettled += 1
          let reason = status == .unknown ? "its shard did not answer" : "its shard could not be asked"
          rejected(.init(tag: element.tag, item: element.item.id, reason: reason))
        }
      }
    }
  }
}
