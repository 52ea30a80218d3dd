import Vocabulary
import Wire

extension JSONText {
  /// A query that took long.
  init(_ query: SlowQuery) {
    self = .object([
      ("id", .id(query.number)), ("age_us", .count(query.ageMicroseconds)), ("us", .count(query.microseconds)),
      ("error", query.error.map { .text($0.name) } ?? .null), ("user", query.user.map { .id($0.rawValue) } ?? .null),
      ("session_items", .count(query.sessionItems)), ("collection", .text(query.collection)), ("k", .count(query.k)),
      ("depth", .count(query.depth)), ("filter", .text(query.filter)),
      ("coverage", query.error == nil ? .number(Double(query.coverage) / 1_000_000) : .null),
      ("request_id", .text(String(query.requestID, radix: 16))),
      ("waterfall", .list(query.waterfall.map { JSONText($0) })),
    ])
  }

  /// Something that was done with the cluster.
  init(_ event: ClusterEvent) {
    self = .object([
      ("number", .id(event.number)), ("time_us", .count(event.time)), ("what", .text(event.kind.words)),
      ("subject", .text(event.subject)), ("error", event.error.map { .text($0.name) } ?? .null),
      ("caller", event.caller.isEmpty ? .null : .text(event.caller)), ("detail", .text(event.detail)),
    ])
  }
}
