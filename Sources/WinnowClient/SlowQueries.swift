public import Vocabulary
import Wire

/// The queries that a coordinator has kept because they took long.
public struct SlowQueries: Sendable {
  /// One of them.
  public struct Query: Hashable, Sendable {
    /// In the order in which slow queries ended, from 1.
    public let number: UInt64
    /// Since it ended.
    public let age: Duration
    public let requestID: UInt64
    public let microseconds: Int
    /// The name of the error that it was answered with; `nil`: with results.
    public let error: String?
    /// Where the query vector came from; `nil`: it did not come to that.
    public let querySource: String?
    /// `nil`: none was given, or the coordinator does not keep it.
    public let user: UserID?
    public let collection: String
    public let k: Int
    public let depth: Int
    /// Candidates that the answer was made with at most; 0 without an answer.
    public let depthUsed: Int
    /// In millionths.
    public let coverage: Int
    public let candidates: Int
    public let reranked: Int
    public let reasks: Int
    /// The shard that it waited for to the end.
    public let straggler: ShardID?
    public let sessionItemCount: Int
    public let excludedCount: Int
    public let filterByteCount: Int
    /// The start of the filter.
    public let filter: String
    public let waterfall: [RankReport.Span]
  }

  /// Queries that take at least this long are kept; zero: none is kept.
  public let threshold: Duration
  /// Slow queries since the coordinator started.
  public let total: UInt64
  /// In the order in which they ended.
  public let queries: [Query]

  init(_ response: SlowLogResponse) {
    threshold = .microseconds(Int64(clamping: response.thresholdMicroseconds))
    total = response.total
    queries = response.queries.map { Query($0) }
  }
}

extension SlowQueries.Query {
  init(_ query: SlowQuery) {
    number = query.number
    age = .microseconds(Int64(clamping: query.ageMicroseconds))
    requestID = query.requestID
    microseconds = Int(query.microseconds)
    error = query.error?.name
    querySource = query.querySource.rawValue == 0 ? nil : query.querySource.words
    user = query.user
    collection = query.collection
    k = Int(query.k)
    depth = Int(query.depth)
    depthUsed = Int(query.depthUsed)
    coverage = Int(query.coverage)
    candidates = Int(query.candidates)
    reranked = Int(query.reranked)
    reasks = Int(query.reasks)
    straggler = query.straggler
    sessionItemCount = Int(query.sessionItems)
    excludedCount = Int(query.excluded)
    filterByteCount = Int(query.filterBytes)
    filter = query.filter
    waterfall = query.waterfall.map { RankReport.Span($0) }
  }
}
