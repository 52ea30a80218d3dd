public import Vocabulary
import Wire

/// How an answer came about: coverage, work and time.
public struct RankReport: Sendable {
  /// A shard whose items an answer has not seen, or not all of them.
  public struct MissingShard: Hashable, Sendable {
    public let shard: ShardID
    /// Of 4,096.
    public let slots: Int
    /// The cause in words.
    public let cause: String
    /// The cause as the number of the protocol.
    public let causeNumber: Int
  }

  /// A stretch of time of the query.
  public struct Span: Hashable, Sendable {
    public let phase: String
    /// `nil`: the coordinator's own time.
    public let shard: ShardID?
    /// Since the request arrived.
    public let startMicroseconds: Int
    public let durationMicroseconds: Int

    init(_ span: Wire.RankReport.Span) {
      phase = span.phase.words
      shard = span.shard
      startMicroseconds = Int(span.startMicroseconds)
      durationMicroseconds = Int(span.durationMicroseconds)
    }
  }

  /// The shard that the answer waited for to the end.
  public struct Straggler: Hashable, Sendable {
    public let shard: ShardID
    /// From when it was asked first to the end of its last search.
    public let microseconds: Int
    /// Of that, waiting in the shard.
    public let queueMicroseconds: Int
    /// Of that, scanning.
    public let scanMicroseconds: Int
    /// How much later it was done than every other shard; `nil` if it was the only one.
    public let leadMicroseconds: Int?

    init(_ straggler: Wire.Straggler) {
      shard = straggler.shard
      microseconds = Int(straggler.microseconds)
      queueMicroseconds = Int(straggler.queueMicroseconds)
      scanMicroseconds = Int(straggler.scanMicroseconds)
      leadMicroseconds = straggler.leadMicroseconds.map { Int($0) }
    }
  }

  public let generation: Generation
  /// The first 8 bytes of the model's content hash; `nil` without a model.
  public let model: UInt64?
  public let epoch: Epoch
  /// Where the query vector came from.
  public let querySource: String
  /// Where the user input of the MLP came from.
  public let userVectorSource: String
  public let sessionItemsFound: Int
  /// The share of the collection that was searched, in millionths.
  public let coverage: Int
  public let shardCount: Int
  public let shardsAnswered: Int
  /// Items that the shards hold which answered in full.
  public let itemsCovered: UInt64
  public let scanned: UInt64
  /// Items that passed the filter.
  public let passed: UInt64
  public let missing: [MissingShard]
  public let candidates: Int
  public let reranked: Int
  /// Logits that were not finite.
  public let notFinite: Int
  /// Candidates that a full group kept out.
  public let displacedByCap: Int
  /// Second searches that the proof of exactness needed.
  public let reasks: Int
  public let waterfall: [Span]
  /// `nil` if no shard was asked.
  public let straggler: Straggler?
  /// Candidates that the answer was made with at most: the depth asked for, fewer only under load.
  public let depth: Int
  /// By which the query is found in the logs of coordinator and shards.
  public let requestID: UInt64

  /// Whether every slot was searched.
  public var isComplete: Bool { coverage == 1_000_000 }

  init(_ report: Wire.RankReport) {
    generation = report.generation
    model = report.model == 0 ? nil : report.model
    epoch = report.epoch
    querySource = report.querySource.words
    userVectorSource = report.userVectorSource.words
    sessionItemsFound = Int(report.sessionItemsFound)
    coverage = Int(report.coverage)
    shardCount = Int(report.shardCount)
    shardsAnswered = Int(report.shardsAnswered)
    itemsCovered = report.itemsCovered
    scanned = report.scanned
    passed = report.passed
    missing = report.missing.map {
      MissingShard(
        shard: $0.shard, slots: Int($0.slots), cause: $0.cause.words, causeNumber: Int($0.cause.rawValue))
    }
    candidates = Int(report.candidates)
    reranked = Int(report.reranked)
    notFinite = Int(report.notFinite)
    displacedByCap = Int(report.displacedByCap)
    reasks = Int(report.reasks)
    waterfall = report.waterfall.map { Span($0) }
    straggler = Wire.Straggler(in: report.waterfall).map { Straggler($0) }
    depth = Int(report.depth)
    requestID = report.requestID
  }
}

extension Wire.RankReport.QuerySource {
  var words: String {
    switch self {
    case .requestVector: "request vector"
    case .user: "user"
    case .session: "session items"
    case .fallback: "fallback"
    case .segment: "segment"
    case .popularity: "popularity"
    default: "source \(rawValue)"
    }
  }
}

extension Wire.RankReport.UserVectorSource {
  fileprivate var words: String {
    switch self {
    case .none: "none"
    case .request: "request"
    case .user: "user"
    case .session: "session items"
    case .fallback: "fallback"
    case .segment: "segment"
    case .popularity: "popularity"
    case .queryVector: "query vector"
    default: "source \(rawValue)"
    }
  }
}
