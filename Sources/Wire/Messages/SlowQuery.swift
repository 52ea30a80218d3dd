package import Vocabulary

/// A query that took long: what it asked, without vectors and without the shopper if that is not to be kept, and where
/// its time went.
package struct SlowQuery: Message, FieldGroup, Hashable {
  /// Queries that a coordinator keeps.
  package static let keptMax = 1000
  /// Bytes of a filter that are kept.
  package static let filterBytesMax = 1024
  /// Spans of a waterfall that are kept.
  package static let spansMax = 64
  /// The least bytes of one in a body.
  static let bytesMin = 82

  /// In the order in which they ended, from 1.
  package var number: UInt64 = 0
  /// Since the query ended.
  package var ageMicroseconds: UInt64 = 0
  package var requestID: UInt64 = 0
  /// From the arrival of the request to its answer.
  package var microseconds: UInt32 = 0
  /// `nil`: it was answered with results.
  package var error: ErrorCode?
  /// Where the query vector came from; 0: it did not come to that.
  package var querySource = RankReport.QuerySource(rawValue: 0)
  /// `nil`: none was given, or it is not kept.
  package var user: UserID?
  package var collection = ""
  package var k: UInt16 = 0
  package var depth: UInt32 = 0
  package var depthUsed: UInt32 = 0
  package var coverage: UInt32 = 0
  package var candidates: UInt32 = 0
  package var reranked: UInt32 = 0
  package var reasks: UInt16 = 0
  /// The shard that it waited for to the end.
  package var straggler: ShardID?
  package var sessionItems: UInt16 = 0
  package var excluded: UInt32 = 0
  /// Of the whole filter.
  package var filterBytes: UInt32 = 0
  /// The start of it.
  package var filter = ""
  /// The spans of coordinator and straggler, then the longest.
  package var waterfall: [RankReport.Span] = []

  package init() {}

  /// A query that ended just now.
  ///
  /// - Parameter report: That of the answer; empty if it failed.
  package init(
    number: UInt64, _ request: RankRequest, _ report: RankReport?, error: ErrorCode?, microseconds: UInt64,
    keepsUser: Bool
  ) {
    self.number = number
    ageMicroseconds = 0
    requestID = request.requestID
    self.microseconds = UInt32(clamping: microseconds)
    self.error = error
    querySource = report?.querySource ?? .init(rawValue: 0)
    user = keepsUser ? request.user : nil
    collection = request.collection
    k = UInt16(clamping: request.k)
    depth = UInt32(clamping: request.depth)
    depthUsed = report?.depth ?? 0
    coverage = report?.coverage ?? 0
    candidates = report?.candidates ?? 0
    reranked = report?.reranked ?? 0
    reasks = report?.reasks ?? 0
    straggler = Straggler(in: report?.waterfall ?? [])?.shard
    sessionItems = UInt16(clamping: request.sessionItems.count)
    excluded = UInt32(clamping: request.exclude.count)
    filterBytes = UInt32(clamping: request.filter.utf8.count)
    filter = request.filter.cut(toBytes: Self.filterBytesMax)
    waterfall = Self.kept(report?.waterfall ?? [], straggler)
  }

  /// The spans that say most, in the order in which they began.
  private static func kept(_ spans: [RankReport.Span], _ straggler: ShardID?) -> [RankReport.Span] {
    guard spans.count > spansMax else { return spans }
    let isFirst = spans.map { $0.shard == nil || $0.shard == straggler }
    let order = spans.indices.sorted { a, b in
      if isFirst[a] != isFirst[b] { return isFirst[a] }
      let (first, second) = (spans[a].durationMicroseconds, spans[b].durationMicroseconds)
      return first != second ? first > second : a < b
    }
    return order.prefix(spansMax).sorted().map { spans[$0] }
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var (hasUser, id) = (user != nil, user?.rawValue ?? 0)
    try c.integer("number", &number)
    try c.integer("age_us", &ageMicroseconds)
    try c.integer("request_id", &requestID)
    try c.integer("duration_us", &microseconds)
    try c.integer("error", &error, none: 0)
    try c.integer("query_source", &querySource)
    try c.flag("has_user", &hasUser)
    try c.integer("user", &id, in: 0...(hasUser ? UInt64.max : 0))
    try c.integer("k", &k)
    try c.integer("depth", &depth)
    try c.integer("depth_used", &depthUsed)
    try c.integer("coverage", &coverage, in: 0...1_000_000)
    try c.integer("candidates", &candidates)
    try c.integer("reranked", &reranked)
    try c.integer("reasks", &reasks)
    try c.integer("straggler", &straggler, none: .max)
    try c.integer("session_items", &sessionItems)
    try c.integer("excluded", &excluded)
    try c.integer("filter_bytes", &filterBytes)
    try c.name("collection", &collection)
    try c.text("filter", &filter, limit: Self.filterBytesMax)
    try c.list("", &waterfall, leastBytes: RankReport.Span.byteCount, limit: Self.spansMax)
    try c.show("phases", .list(waterfall.map { FieldValue(of: $0.phase) }))
    try c.show("shards", FieldValue(list: waterfall.map { $0.shard?.rawValue ?? .max }))
    try c.show("starts_us", FieldValue(list: waterfall.map(\.startMicroseconds)))
    try c.show("durations_us", FieldValue(list: waterfall.map(\.durationMicroseconds)))
    user = hasUser ? UserID(id) : nil
  }
}

extension String {
  /// The text up to its last whole Unicode scalar within `most` bytes.
  package func cut(toBytes most: Int) -> String {
    guard utf8.count > most else { return self }
    return (0..<4).lazy.compactMap { String(utf8.prefix(most - $0)) }.first ?? ""
  }
}
