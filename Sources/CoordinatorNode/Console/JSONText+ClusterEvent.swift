import Wire

extension JSONText {
  /// Something that was done with the cluster.
  init(_ event: ClusterEvent) {
    self = .object([
      ("number", .id(event.number)), ("time_us", .count(event.time)), ("what", .text(event.kind.words)),
      ("subject", .text(event.subject)), ("error", event.error.map { .text($0.name) } ?? .null),
      ("caller", event.caller.isEmpty ? .null : .text(event.caller)), ("detail", .text(event.detail)),
    ])
  }
}
