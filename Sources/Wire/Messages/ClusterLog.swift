/// CLUSTER_LOG: what was done with the cluster, and by which caller (`proto-spec/03-messages/cluster-log.md`).
package struct ClusterLogRequest: RequestMessage, Equatable {
  package typealias Reply = ClusterLogResponse
  package static let opcode = Opcode.clusterLog

  /// Only events of a greater number; 0: all that are kept.
  package var after: UInt64 = 0
  /// Only events that are at most this old; 0: of any age.
  package var ageMicrosecondsMax: UInt64 = 0
  /// The newest of them at most, 1…1,000.
  package var limit = ClusterEvent.keptMax

  package init() {}

  package init(after: UInt64 = 0, ageMicrosecondsMax: UInt64 = 0, limit: Int = ClusterEvent.keptMax) {
    self.after = after
    self.ageMicrosecondsMax = ageMicrosecondsMax
    self.limit = limit
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("after", &after)
    try c.integer("age_us_max", &ageMicrosecondsMax)
    try c.integer("limit", &limit, as: UInt32.self, in: 1...ClusterEvent.keptMax, or: .limitExceeded)
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
