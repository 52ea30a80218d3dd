import JSON
import Vocabulary
import WinnowClient

/// The outcome of a feed, and whether it was the whole collection.
struct FeedResult: Sendable {
  var summary = FeedSummary()
  var badLines = 0
  var mark: FeedMark?
  var microseconds: UInt64 = 0
  var failure: Failure?
  /// How the file was understood.
  var reading = ""

  /// For people.
  var text: String {
    let seconds = max(1e-6, Double(microseconds) / 1e6)
    let counts = [
      (summary.itemsInserted, "new"), (summary.itemsReplaced, "replaced"), (summary.itemsUpdated, "updated"),
      (summary.itemsDeleted, "deleted"), (summary.itemsAbsent, "deleted before"),
    ].filter { $0.0 > 0 }.map { "\(Text.grouped($0.0)) \($0.1)" }
    var text = reading.isEmpty ? "" : "read as \(reading.visible)\n"
    text +=
      "\(Text.grouped(summary.itemsWritten)) items written in \(Text.seconds(seconds)) "
      + "(\(Text.grouped(Int(Double(summary.itemsWritten) / seconds))) items/s)"
      + (counts.isEmpty ? "" : ": " + counts.joined(separator: ", ")) + "\n"
    if summary.itemsWritten > 0, !summary.isDurable {
      text += "not all of it is on disk: a shard keeps items in memory only\n"
    }
    if summary.itemsWritten > 0, let copies = summary.copies, copies > 1 {
      text += "\(copies) members of its shard have each of them\n"
    }
    if summary.itemsSkipped > 0 { text += "\(Text.grouped(summary.itemsSkipped)) items were done before\n" }
    if badLines > 0 { text += "\(Text.grouped(badLines)) lines could not be read\n" }
    if summary.itemsRejected > 0 { text += "\(Text.grouped(summary.itemsRejected)) items were refused\n" }
    if summary.itemsUnsettled > 0 {
      text += "\(Text.grouped(summary.itemsUnsettled)) items were not acknowledged; feed the file again\n"
    }
    if let mark {
      text +=
        mark.incompleteShards == 0
        ? "the collection is complete on all \(mark.shardCount) shards\n"
        : "\(mark.incompleteShards) of \(mark.shardCount) shards are still incomplete; feed the file again\n"
    }
    return text
  }

  /// For programs.
  var json: JSON {
    .object([
      ("items_written", .int(summary.itemsWritten)), ("items_inserted", .int(summary.itemsInserted)),
      ("items_replaced", .int(summary.itemsReplaced)), ("items_updated", .int(summary.itemsUpdated)),
      ("items_deleted", .int(summary.itemsDeleted)), ("items_absent", .int(summary.itemsAbsent)),
      ("items_skipped", .int(summary.itemsSkipped)), ("items_rejected", .int(summary.itemsRejected)),
      ("items_unsettled", .int(summary.itemsUnsettled)), ("bad_lines", .int(badLines)),
      ("durable", .bool(summary.isDurable)), ("copies", summary.copies.map { .int($0) } ?? .null),
      ("duration_us", .id(microseconds)),
      ("completed", mark.map { .bool($0.incompleteShards == 0) } ?? .null),
    ])
  }
}
