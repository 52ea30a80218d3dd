/// SLOW_LOG: the queries that took longest to answer (`proto-spec/03-messages/slow-log.md`).
package struct SlowLogRequest: RequestMessage, Equatable {
  package typealias Reply = SlowLogResponse
  package static let opcode = Opcode.slowLog

  /// Only queries of a greater number; 0: all that are kept.
  package var after: UInt64
  /// The newest of them at most, 1…1,000.
  package var limit: Int

  package init(after: UInt64 = 0, limit: Int = SlowQuery.keptMax) {
    self.after = after
    self.limit = limit
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    after = try reader.integer()
    limit = Int(try reader.integer(in: 1...UInt32(SlowQuery.keptMax), or: .limitExceeded))
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(after)
    writer.write(UInt32(limit))
  }
}

/// The answer to SLOW_LOG.
package struct SlowLogResponse: Message, Equatable {
  /// Queries that take at least this long are kept; 0: none is kept.
  package var thresholdMicroseconds: UInt64
  /// Slow queries since the coordinator started.
  package var total: UInt64
  /// By number, ascending.
  package var queries: [SlowQuery]

  package init(thresholdMicroseconds: UInt64, total: UInt64, queries: [SlowQuery]) {
    self.thresholdMicroseconds = thresholdMicroseconds
    self.total = total
    self.queries = queries
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    thresholdMicroseconds = try reader.integer()
    total = try reader.integer()
    queries = []
    for _ in 0..<(try reader.count(UInt16.self, elementSize: SlowQuery.bytesMin, limit: SlowQuery.keptMax)) {
      queries.append(try SlowQuery(from: &reader))
    }
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(thresholdMicroseconds)
    writer.write(total)
    writer.write(UInt16(queries.count))
    for query in queries { query.write(to: &writer) }
  }
}
