/// SLOW_LOG: the queries that took longest to answer (`proto-spec/03-messages/slow-log.md`).
package struct SlowLogRequest: RequestMessage, Equatable {
  package typealias Reply = SlowLogResponse
  package static let opcode = Opcode.slowLog

  /// Only queries of a greater number; 0: all that are kept.
  package var after: UInt64 = 0
  /// The newest of them at most, 1…1,000.
  package var limit = SlowQuery.keptMax

  package init() {}

  package init(after: UInt64 = 0, limit: Int = SlowQuery.keptMax) {
    self.after = after
    self.limit = limit
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("after", &after)
    try c.integer("limit", &limit, as: UInt32.self, in: 1...SlowQuery.keptMax, or: .limitExceeded)
  }
}

/// The answer to SLOW_LOG.
package struct SlowLogResponse: Message, FieldGroup, Equatable {
  /// Queries that take at least this long are kept; 0: none is kept.
  package var thresholdMicroseconds: UInt64 = 0
  /// Slow queries since the coordinator started.
  package var total: UInt64 = 0
  /// By number, ascending.
  package var queries: [SlowQuery] = []

  package init() {}

  package init(thresholdMicroseconds: UInt64, total: UInt64, queries: [SlowQuery]) {
    self.thresholdMicroseconds = thresholdMicroseconds
    self.total = total
    self.queries = queries
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("threshold_us", &thresholdMicroseconds)
    try c.integer("total", &total)
    try c.list("queries", &queries, leastBytes: SlowQuery.bytesMin, limit: SlowQuery.keptMax)
  }
}
