package import Vocabulary

/// A query that took long: what it asked, without vectors and without the shopper if that is not to be kept, and where
/// its time went.
package struct SlowQuery: Message, Equatable {
  /// Queries that a coordinator keeps.
  package static let keptMax = 1000
  /// Bytes of a filter that are kept.
  package static let filterBytesMax = 1024
  /// Spans of a waterfall that are kept.
  package static let spansMax = 64
  /// The least bytes of one in a body.
  static let bytesMin = 82

  /// In the order in which they ended, from 1.
  package var number: UInt64
  /// Since the query ended.
  package var ageMicroseconds: UInt64
  package var requestID: UInt64
  /// From the arrival of the request to its answer.
  package var microseconds: UInt32
  /// `nil`: it was answered with results.
  package var error: ErrorCode?
  /// Where the query vector came from; 0: it did not come to that.
  package var querySource: RankReport.QuerySource
  /// `nil`: none was given, or it is not kept.
  package var user: UserID?
  package var collection: String
  package var k: UInt16
  package var depth: UInt32
  package var depthUsed: UInt32
  package var coverage: UInt32
  package var candidates: UInt32
  package var reranked: UInt32
  package var reasks: UInt16
  /// The shard that it waited for to the end.
  package var straggler: ShardID?
  package var sessionItems: UInt16
  package var excluded: UInt32
  /// Of the whole filter.
  package var filterBytes: UInt32
  /// The start of it.
  package var filter: String
  /// The spans of coordinator and straggler, then the longest.
  package var waterfall: [RankReport.Span]

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

  package init(from reader: inout BodyReader) throws(WireError) {
    number = try reader.integer()
    ageMicroseconds = try reader.integer()
    requestID = try reader.integer()
    microseconds = try reader.integer()
    let code: UInt16 = try reader.integer()
    error = code == 0 ? nil : ErrorCode(rawValue: code)
    querySource = .init(rawValue: try reader.integer())
    let hasUser = try reader.bool()
    let id: UInt64 = try reader.integer(in: 0...(hasUser ? UInt64.max : 0))
    user = hasUser ? UserID(id) : nil
    k = try reader.integer()
    depth = try reader.integer()
    depthUsed = try reader.integer()
    coverage = try reader.integer(in: 0...1_000_000)
    candidates = try reader.integer()
    reranked = try reader.integer()
    reasks = try reader.integer()
    let shard: UInt16 = try reader.integer()
    straggler = shard == .max ? nil : ShardID(shard)
    sessionItems = try reader.integer()
    excluded = try reader.integer()
    filterBytes = try reader.integer()
    collection = try reader.name()
    filter = try reader.text(limit: Self.filterBytesMax)
    waterfall = try RankReport.Span.list(from: &reader, limit: Self.spansMax)
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(number)
    writer.write(ageMicroseconds)
    writer.write(requestID)
    writer.write(microseconds)
    writer.write(error?.rawValue ?? 0)
    writer.write(querySource.rawValue)
    writer.write(user != nil)
    writer.write(user?.rawValue ?? 0)
    writer.write(k)
    writer.write(depth)
    writer.write(depthUsed)
    writer.write(coverage)
    writer.write(candidates)
    writer.write(reranked)
    writer.write(reasks)
    writer.write(straggler?.rawValue ?? .max)
    writer.write(sessionItems)
    writer.write(excluded)
    writer.write(filterBytes)
    writer.write(name: collection)
    writer.write(text: filter)
    RankReport.Span.write(waterfall, to: &writer)
  }
}

extension String {
  /// The text up to its last whole Unicode scalar within `most` bytes.
  func cut(toBytes most: Int) -> String {
    guard utf8.count > most else { return self }
    return (0..<4).lazy.compactMap { String(utf8.prefix(most - $0)) }.first ?? ""
  }
}
