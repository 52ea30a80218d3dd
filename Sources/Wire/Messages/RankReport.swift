package import Vocabulary

/// How an answer came about: coverage, work and time.
///
/// Version 1 ends before `depth`.
package struct RankReport: Message, Equatable {
  package static let bodyVersion = Opcode.rank.bodyVersions.upperBound

  /// Where the query vector came from; unknown numbers survive.
  package struct QuerySource: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let requestVector = QuerySource(rawValue: 1)
    package static let user = QuerySource(rawValue: 2)
    package static let session = QuerySource(rawValue: 3)
    package static let fallback = QuerySource(rawValue: 4)
    package static let segment = QuerySource(rawValue: 5)
    package static let popularity = QuerySource(rawValue: 6)
  }

  /// Where the user input of the MLP came from; unknown numbers survive.
  package struct UserVectorSource: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let none = UserVectorSource(rawValue: 0)
    package static let request = UserVectorSource(rawValue: 1)
    package static let user = UserVectorSource(rawValue: 2)
    package static let session = UserVectorSource(rawValue: 3)
    package static let fallback = UserVectorSource(rawValue: 4)
    package static let queryVector = UserVectorSource(rawValue: 5)
    package static let segment = UserVectorSource(rawValue: 6)
    package static let popularity = UserVectorSource(rawValue: 7)
  }

  /// A shard whose slots are not covered.
  package struct Missing: Sendable, Equatable {
    package var shard: ShardID
    package var slots: UInt16
    package var cause: MissingCause

    package init(shard: ShardID, slots: UInt16, cause: MissingCause) {
      self.shard = shard
      self.slots = slots
      self.cause = cause
    }
  }

  /// A stretch of time of the query.
  package struct Span: Sendable, Equatable {
    package var phase: Phase
    /// `nil`: the coordinator's own time.
    package var shard: ShardID?
    package var startMicroseconds: UInt32
    package var durationMicroseconds: UInt32

    package init(phase: Phase, shard: ShardID? = nil, startMicroseconds: UInt32, durationMicroseconds: UInt32) {
      self.phase = phase
      self.shard = shard
      self.startMicroseconds = startMicroseconds
      self.durationMicroseconds = durationMicroseconds
    }
  }

  package var generation = Generation(0)
  /// First 8 bytes of the model's content hash; 0 without a model.
  package var model: UInt64 = 0
  package var epoch = Epoch(0)
  package var querySource = QuerySource.requestVector
  package var userVectorSource = UserVectorSource.none
  package var sessionItemsFound: UInt16 = 0
  /// Millionths of the slots whose whole content was searched.
  package var coverage: UInt32 = 0
  package var shardCount: UInt16 = 0
  package var shardsAnswered: UInt16 = 0
  package var itemsCovered: UInt64 = 0
  package var scanned: UInt64 = 0
  package var passed: UInt64 = 0
  package var missing: [Missing] = []
  package var candidates: UInt32 = 0
  package var reranked: UInt32 = 0
  package var notFinite: UInt32 = 0
  package var displacedByCap: UInt32 = 0
  package var reasks: UInt16 = 0
  package var waterfall: [Span] = []
  /// Candidates that the answer was made with at most: the depth asked for, fewer only under load.
  package var depth: UInt32 = 0
  /// By which the query is found in the logs.
  package var requestID: UInt64 = 0
  package var explanation = RankExplanation()

  /// A report in which nothing has happened yet.
  package init() {}

  /// Whether time ended before any shard had searched anything: such an answer says nothing about the collection.
  package var isUnanswered: Bool {
    coverage == 0 && scanned == 0 && candidates == 0
      && missing.contains { $0.cause == .timedOut || $0.cause == .partial }
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    generation = Generation(try reader.integer())
    model = try reader.integer()
    epoch = Epoch(try reader.integer())
    querySource = QuerySource(rawValue: try reader.integer())
    userVectorSource = UserVectorSource(rawValue: try reader.integer())
    sessionItemsFound = try reader.integer()
    coverage = try reader.integer(in: 0...1_000_000)
    shardCount = try reader.integer()
    shardsAnswered = try reader.integer()
    itemsCovered = try reader.integer()
    scanned = try reader.integer()
    passed = try reader.integer()
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 5, limit: Limits.shardsMax)) {
      missing.append(
        Missing(
          shard: ShardID(try reader.integer()), slots: try reader.integer(),
          cause: MissingCause(rawValue: try reader.integer())))
    }
    candidates = try reader.integer()
    reranked = try reader.integer()
    notFinite = try reader.integer()
    displacedByCap = try reader.integer()
    reasks = try reader.integer()
    waterfall = try Span.list(from: &reader, limit: Int(UInt16.max))
    guard reader.version >= 2 else { return }
    depth = try reader.integer()
    requestID = try reader.integer()
    explanation = try RankExplanation(from: &reader)
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(generation.rawValue)
    writer.write(model)
    writer.write(epoch.rawValue)
    writer.write(querySource.rawValue)
    writer.write(userVectorSource.rawValue)
    writer.write(sessionItemsFound)
    writer.write(coverage)
    writer.write(shardCount)
    writer.write(shardsAnswered)
    writer.write(itemsCovered)
    writer.write(scanned)
    writer.write(passed)
    writer.write(UInt16(missing.count))
    for entry in missing {
      writer.write(entry.shard.rawValue)
      writer.write(entry.slots)
      writer.write(entry.cause.rawValue)
    }
    writer.write(candidates)
    writer.write(reranked)
    writer.write(notFinite)
    writer.write(displacedByCap)
    writer.write(reasks)
    Span.write(waterfall, to: &writer)
    guard writer.version >= 2 else { return }
    writer.write(depth)
    writer.write(requestID)
    explanation.write(to: &writer)
  }
}

extension RankReport.Span {
  /// Spans behind their u16 count.
  static func list(from reader: inout BodyReader, limit: Int) throws(WireError) -> [RankReport.Span] {
    var spans: [RankReport.Span] = []
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 12, limit: limit)) {
      let phase = Phase(rawValue: try reader.integer())
      try reader.zeros(1)
      let shard: UInt16 = try reader.integer()
      spans.append(
        RankReport.Span(
          phase: phase, shard: shard == .max ? nil : ShardID(shard), startMicroseconds: try reader.integer(),
          durationMicroseconds: try reader.integer()))
    }
    return spans
  }

  /// Spans behind their u16 count.
  static func write(_ spans: [RankReport.Span], to writer: inout BodyWriter) {
    writer.write(UInt16(spans.count))
    for span in spans {
      writer.write(span.phase.rawValue)
      writer.write(0 as UInt8)
      writer.write(span.shard?.rawValue ?? .max)
      writer.write(span.startMicroseconds)
      writer.write(span.durationMicroseconds)
    }
  }
}
