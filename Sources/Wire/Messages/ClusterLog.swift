/// CLUSTER_LOG: what was done with the cluster, and by which caller; version 2 of its body notes a run of a
/// loop first (`proto-spec/03-messages/cluster-log.md`).
package struct ClusterLogRequest: RequestMessage, Equatable {
  package typealias Reply = ClusterLogResponse
  package static let opcode = Opcode.clusterLog

  /// Only events of a greater number; 0: all that are kept.
  package var after: UInt64 = 0
  /// Only events that are at most this old; 0: of any age.
  package var ageMicrosecondsMax: UInt64 = 0
  /// The newest of them at most, 1…1,000.
  package var limit = ClusterEvent.keptMax
  /// What is noted before the answer: a run of `winnow loop`, with its collection and what came of it; `nil`: nothing.
  package var noted: ClusterEvent?

  package init() {}

  package init(after: UInt64 = 0, ageMicrosecondsMax: UInt64 = 0, limit: Int = ClusterEvent.keptMax) {
    self.after = after
    self.ageMicrosecondsMax = ageMicrosecondsMax
    self.limit = limit
  }

  package var sentVersion: UInt16 { noted == nil ? 1 : 2 }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("after", &after)
    try c.integer("age_us_max", &ageMicrosecondsMax)
    try c.integer("limit", &limit, as: UInt32.self, in: 1...ClusterEvent.keptMax, or: .limitExceeded)
    guard c.version >= 2 else { return }
    var (collection, outcome) = (noted?.subject, noted?.detail ?? "")
    try c.name("noted_collection", &collection)
    let outcomeAt = c.offset
    try c.text("noted_outcome", &outcome, limit: ClusterEvent.textBytesMax)
    try c.check(collection != nil || outcome.isEmpty, at: outcomeAt, "an outcome is noted with its collection")
    noted = collection.map { ClusterEvent(.loopRun, of: $0, outcome) }
  }
}

/// The answer to CLUSTER_LOG.
package struct ClusterLogResponse: Message, FieldGroup, Equatable {
  /// The number of the newest event; 0: there was none.
  package var total: UInt64 = 0
  /// By number, ascending.
  package var events: [ClusterEvent] = []

  package init() {}

  package init(total: UInt64, events: [ClusterEvent]) {
    self.total = total
    self.events = events
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("total", &total)
    try c.list("events", &events, leastBytes: ClusterEvent.bytesMin, limit: ClusterEvent.keptMax)
  }
}
