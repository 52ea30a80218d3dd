package import Telemetry
package import Vocabulary
package import Wire

/// The last queries that took long, in memory, and a line for each of them in the log.
package final class SlowQueryLog: Sendable {
  private struct Kept {
    let query: SlowQuery
    let end: Instant
  }

  private struct Ring {
    /// A ring once it is full: the oldest stands at `next`.
    var kept: [Kept] = []
    var next = 0
    var total: UInt64 = 0
  }

  /// At least so long between two lines, that a cluster in trouble does not drown its log as well.
  private static let lineMicroseconds: UInt64 = 100_000

  /// Queries that take at least this long are kept; 0: none is kept.
  package let thresholdMicroseconds: UInt64
  private let keepsUsers: Bool
  private let clock: any MonotonicClock
  private let log: Log?
  private let ring = Lock(Ring())

  /// A log that keeps the last 1,000 queries of at least so long.
  ///
  /// - Parameter keepsUsers: Whether ids of shoppers are kept and written.
  package init(thresholdMicroseconds: UInt64, keepsUsers: Bool, clock: any MonotonicClock, log: Log?) {
    self.thresholdMicroseconds = thresholdMicroseconds
    self.keepsUsers = keepsUsers
    self.clock = clock
    self.log = log
  }

  /// Keeps a query if it took long.
  package func note(_ request: RankRequest, _ outcome: Result<RankResponse, WireError>, microseconds: UInt64) {
    let now = clock.now()
    tell(request, outcome, microseconds)
    guard thresholdMicroseconds > 0, microseconds >= thresholdMicroseconds else { return }
    let (report, error): (RankReport?, ErrorCode?) =
      switch outcome {
      case .success(let response): (response.report, nil)
      case .failure(let error): (nil, error.code)
      }
    let query = ring.withLock { ring in
      ring.total += 1
      let query = SlowQuery(
        number: ring.total, request, report, error: error, microseconds: microseconds, keepsUser: keepsUsers)
      let kept = Kept(query: query, end: now)
      if ring.kept.count < SlowQuery.keptMax {
        ring.kept.append(kept)
      } else {
        ring.kept[ring.next] = kept
        ring.next = (ring.next + 1) % SlowQuery.keptMax
      }
      return query
    }
    write(query)
  }

  /// The newest queries behind a number, as SLOW_LOG answers them.
  package func answer(_ request: SlowLogRequest) -> SlowLogResponse {
    let now = clock.now()
    return ring.withLock { ring in
      let ordered = ring.kept[ring.next...] + ring.kept[..<ring.next]
      let queries = ordered.filter { $0.query.number > request.after }.suffix(request.limit).map { kept in
        var query = kept.query
        query.ageMicroseconds = kept.end.microseconds(until: now)
        return query
      }
      return SlowLogResponse(
        thresholdMicroseconds: thresholdMicroseconds, total: ring.total, queries: queries)
    }
  }

  /// Logs one line for each query, if the log has the level debug.
  private func tell(_ request: RankRequest, _ outcome: Result<RankResponse, WireError>, _ microseconds: UInt64) {
    guard let log, log.isEnabled(.debug) else { return }
    let word: String =
      switch outcome {
      case .success: "OK"
      case .failure(let error): error.code.name
      }
    log(
      .debug, "query",
      [
        "request": .text(request.requestID.hexadecimal), "collection": .text(request.collection),
        "outcome": .text(word), "microseconds": LogValue(microseconds),
      ])
  }

  private func write(_ query: SlowQuery) {
    log?.limited(
      by: "slow query", every: Self.lineMicroseconds, .warning, "slow query",
      [
        "request": .text(query.requestID.hexadecimal), "collection": .text(query.collection),
        "outcome": .text(query.error?.name ?? "OK"), "microseconds": LogValue(query.microseconds),
        "user": .text(query.user.map { "\($0.rawValue)" } ?? ""), "source": LogValue(query.querySource.rawValue),
        "k": LogValue(query.k), "depth": LogValue(query.depth), "depth_used": LogValue(query.depthUsed),
        "coverage": LogValue(query.coverage), "candidates": LogValue(query.candidates),
        "reranked": LogValue(query.reranked), "reasks": LogValue(query.reasks),
        "session_items": LogValue(query.sessionItems), "excluded": LogValue(query.excluded),
        "filter_bytes": LogValue(query.filterBytes), "filter": .text(query.filter),
        "straggler": .text(query.straggler.map { "\($0.rawValue)" } ?? ""), "phases": .text(query.phases),
      ])
  }
}

extension SlowQuery {
  /// The time of each phase in microseconds, such as `plan:12 scan/2:300`; a number behind a slash is a shard.
  fileprivate var phases: String {
    waterfall.map { span in
      let phase = String(span.phase.words.map { $0 == " " ? "-" : $0 })
      return phase + (span.shard.map { "/\($0.rawValue)" } ?? "") + ":\(span.durationMicroseconds)"
    }.joined(separator: " ")
  }
}
