public import Vocabulary
import Wire

/// How an answer came about: coverage, work and time.
public struct RankReport: Sendable {
  /// A shard whose items an answer has not seen, or not all of them.
  public struct MissingShard: Hashable, Sendable {
    let wire: Wire.RankReport.Missing

    public var shard: ShardID { wire.shard }
    /// Of 4,096.
    public var slots: Int { Int(wire.slots) }
    /// The cause in words.
    public var cause: String { wire.cause.words }
    /// The cause as the number of the protocol.
    public var causeNumber: Int { Int(wire.cause.rawValue) }
  }

  /// A stretch of time of the query.
  public struct Span: Hashable, Sendable {
    let wire: Wire.RankReport.Span

    public var phase: String { wire.phase.words }
    /// `nil`: the coordinator's own time.
    public var shard: ShardID? { wire.shard }
    /// Since the request arrived.
    public var startMicroseconds: Int { Int(wire.startMicroseconds) }
    public var durationMicroseconds: Int { Int(wire.durationMicroseconds) }
  }

  /// The shard that the answer waited for to the end.
  public struct Straggler: Hashable, Sendable {
    let wire: Wire.Straggler

    public var shard: ShardID { wire.shard }
    /// From when it was asked first to the end of its last search.
    public var microseconds: Int { Int(wire.microseconds) }
    /// Of that, waiting in the shard.
    public var queueMicroseconds: Int { Int(wire.queueMicroseconds) }
    /// Of that, scanning.
    public var scanMicroseconds: Int { Int(wire.scanMicroseconds) }
    /// How much later it was done than every other shard; `nil` if it was the only one.
    public var leadMicroseconds: Int? { wire.leadMicroseconds.map { Int($0) } }
  }

  let wire: Wire.RankReport

  public var generation: Generation { wire.generation }
  /// The first 8 bytes of the model's content hash; `nil` without a model.
  public var model: UInt64? { wire.model == 0 ? nil : wire.model }
  public var epoch: Epoch { wire.epoch }
  /// Where the query vector came from.
  public var querySource: String { wire.querySource.words }
  /// Where the user input of the MLP came from.
  public var userVectorSource: String { wire.userVectorSource.words }
  public var sessionItemsFound: Int { Int(wire.sessionItemsFound) }
  /// Events that the query vector was folded from; 0 if it was not folded.
  public var eventsCounted: Int { Int(wire.eventsCounted) }
  /// Events that were left out, because their item could not be read.
  public var eventsSkipped: Int { Int(wire.eventsSkipped) }
  /// What became of the user's stored history: `not asked`, `read`, `empty` or `not read`.
  public var history: String { wire.history.state.words }
  /// Whether the shard of the user did not answer in time, so that the answer was made without the history.
  public var isHistoryMissing: Bool { wire.history.state == .notRead }
  /// Events of the stored history among those that were counted.
  public var historyEventsCounted: Int { Int(wire.history.counted) }
  /// How long before the query the newest of them happened; `nil` if there are none.
  public var newestEventAge: Duration? {
    wire.history.counted == 0 ? nil : .microseconds(Int64(clamping: wire.history.newestMicroseconds))
  }
  /// Items that the history left out of the answer: hidden ones, and those of the rules.
  public var excludedByHistory: Int { Int(wire.history.excluded) }
  /// The age of the oldest item of the history that the coordinator had in memory; `nil` if none was used.
  public var itemAge: Duration? {
    wire.history.itemMicroseconds == 0 ? nil : .microseconds(Int64(wire.history.itemMicroseconds))
  }
  /// The share of the collection that was searched, in millionths.
  public var coverage: Int { Int(wire.coverage) }
  public var shardCount: Int { Int(wire.shardCount) }
  public var shardsAnswered: Int { Int(wire.shardsAnswered) }
  /// Items that the shards hold which answered in full.
  public var itemsCovered: UInt64 { wire.itemsCovered }
  public var scanned: UInt64 { wire.scanned }
  /// Items that passed the filter.
  public var passed: UInt64 { wire.passed }
  public var missing: [MissingShard] { wire.missing.map { MissingShard(wire: $0) } }
  public var candidates: Int { Int(wire.candidates) }
  public var reranked: Int { Int(wire.reranked) }
  /// Logits that were not finite.
  public var notFinite: Int { Int(wire.notFinite) }
  /// Candidates that a full group kept out.
  public var displacedByCap: Int { Int(wire.displacedByCap) }
  /// Second searches that the proof of exactness needed.
  public var reasks: Int { Int(wire.reasks) }
  public var waterfall: [Span] { wire.waterfall.map { Span(wire: $0) } }
  /// `nil` if no shard was asked.
  public var straggler: Straggler? { Wire.Straggler(in: wire.waterfall).map { Straggler(wire: $0) } }
  /// Candidates that the answer was made with at most: the depth asked for, fewer only under load.
  public var depth: Int { Int(wire.depth) }
  /// By which the query is found in the logs of coordinator and shards.
  public var requestID: UInt64 { wire.requestID }
  /// What the model promises to those whose log it was made of; `nil`: nothing, or the query did not ask.
  public var promise: PrivacyPromise? { wire.promise }
  /// The arm of an experiment that answered; `nil`: none, or the query did not ask.
  public var arm: String? { wire.arm?.name }
  /// The experiment that it belongs to: a number that no other one has.
  public var experiment: UInt64? { wire.arm?.experiment }

  /// What became of the query's words; `nil` if it had none.
  public var words: RankWords? { RankWords(wire.words) }

  /// What became of the wishes of a search page.
  public var page: PageOutcome { PageOutcome(wire: wire.page) }

  /// Whether every slot was searched.
  public var isComplete: Bool { coverage == 1_000_000 }
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
