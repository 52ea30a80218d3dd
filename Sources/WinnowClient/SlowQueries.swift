public import Vocabulary
import Wire

/// The queries that a coordinator has kept because they took long.
public struct SlowQueries: Sendable {
  /// One of them.
  public struct Query: Hashable, Sendable {
    let wire: SlowQuery

    /// In the order in which slow queries ended, from 1.
    public var number: UInt64 { wire.number }
    /// Since it ended.
    public var age: Duration { .microseconds(Int64(clamping: wire.ageMicroseconds)) }
    public var requestID: UInt64 { wire.requestID }
    public var microseconds: Int { Int(wire.microseconds) }
    /// The name of the error that it was answered with; `nil`: with results.
    public var error: String? { wire.error?.name }
    /// Where the query vector came from; `nil`: it did not come to that.
    public var querySource: String? { wire.querySource.rawValue == 0 ? nil : wire.querySource.words }
    /// `nil`: none was given, or the coordinator does not keep it.
    public var user: UserID? { wire.user }
    public var collection: String { wire.collection }
    public var k: Int { Int(wire.k) }
    public var depth: Int { Int(wire.depth) }
    /// Candidates that the answer was made with at most; 0 without an answer.
    public var depthUsed: Int { Int(wire.depthUsed) }
    /// In millionths.
    public var coverage: Int { Int(wire.coverage) }
    public var candidates: Int { Int(wire.candidates) }
    public var reranked: Int { Int(wire.reranked) }
    public var reasks: Int { Int(wire.reasks) }
    /// The shard that it waited for to the end.
    public var straggler: ShardID? { wire.straggler }
    public var sessionItemCount: Int { Int(wire.sessionItems) }
    public var excludedCount: Int { Int(wire.excluded) }
    public var filterByteCount: Int { Int(wire.filterBytes) }
    /// The start of the filter.
    public var filter: String { wire.filter }
    public var waterfall: [RankReport.Span] { wire.waterfall.map { RankReport.Span(wire: $0) } }
  }

  let wire: SlowLogResponse

  /// Queries that take at least this long are kept; zero: none is kept.
  public var threshold: Duration { .microseconds(Int64(clamping: wire.thresholdMicroseconds)) }
  /// Slow queries since the coordinator started.
  public var total: UInt64 { wire.total }
  /// In the order in which they ended.
  public var queries: [Query] { wire.queries.map { Query(wire: $0) } }
}
