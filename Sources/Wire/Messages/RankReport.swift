package import Vocabulary

/// How an answer came about: coverage, work and time.
///
/// Version 1 ends before `depth`, version 2 before `eventsCounted`, version 4 before `history`, version 5 before `words`,
/// version 6 before `page`, version 7 before `promise`, version 8 before `arm`.
package struct RankReport: Message, FieldGroup, Equatable {
  package static let bodyVersion = Opcode.rank.newestBodyVersion

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
    /// What the model knows of the user, and the session's items.
    package static let userAndSession = QuerySource(rawValue: 7)
    /// The stored history, behind what the model knows of the user, and the session's items.
    package static let history = QuerySource(rawValue: 8)
    /// The words alone: nothing is known of the shopper.
    package static let words = QuerySource(rawValue: 9)
    /// None: the list is sorted by attributes.
    package static let sorted = QuerySource(rawValue: 11)

    /// The words for people.
    package var words: String {
      switch self {
      case .requestVector: "request vector"
      case .user: "user"
      case .session: "session items"
      case .fallback: "fallback"
      case .segment: "segment"
      case .popularity: "popularity"
      case .userAndSession: "user and session"
      case .history: "stored history"
      case .words: "words"
      case .sorted: "sorted by attributes"
      default: "source \(rawValue)"
      }
    }
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

  /// What became of the user's stored history; unknown numbers survive.
  package struct HistoryState: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Without a user, or before the first event of the collection.
    package static let notAsked = HistoryState(rawValue: 0)
    package static let read = HistoryState(rawValue: 1)
    /// No event of the user is kept.
    package static let empty = HistoryState(rawValue: 2)
    /// The shard of the user did not answer in time.
    package static let notRead = HistoryState(rawValue: 3)

    /// The words for people.
    package var words: String {
      switch self {
      case .notAsked: "not asked"
      case .read: "read"
      case .empty: "empty"
      case .notRead: "not read"
      default: "state \(rawValue)"
      }
    }
  }

  /// What the user's stored history did to the answer.
  package struct HistoryUse: FieldGroup, Hashable {
    package var state = HistoryState.notAsked
    /// Events of it that the query vector was folded from.
    package var counted: UInt32 = 0
    /// How long ago the newest of them happened, by the coordinator's clock; 0 if there are none.
    package var newestMicroseconds: UInt64 = 0
    /// Items that it left out: hidden ones, and those of the rules.
    package var excluded: UInt32 = 0
    /// The age of the oldest item of the coordinator's memory that was used; 0 if none was.
    package var itemMicroseconds: UInt32 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("history", &state)
      try c.integer("history_counted", &counted)
      try c.integer("history_newest_us", &newestMicroseconds)
      try c.integer("history_excluded", &excluded)
      try c.integer("history_item_us", &itemMicroseconds)
    }
  }

  /// A shard whose slots are not covered.
  package struct Missing: FieldGroup, Hashable {
    package var shard = ShardID(0)
    package var slots: UInt16 = 0
    package var cause = MissingCause.unreachable

    package init() {}

    package init(shard: ShardID, slots: UInt16, cause: MissingCause) {
      self.shard = shard
      self.slots = slots
      self.cause = cause
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("shard", &shard)
      try c.integer("slots", &slots)
      try c.integer("cause", &cause)
    }
  }

  /// A stretch of time of the query.
  package struct Span: FieldGroup, Hashable {
    /// Of one in a body.
    static let byteCount = 12

    package var phase = Phase.queue
    /// `nil`: the coordinator's own time.
    package var shard: ShardID?
    package var startMicroseconds: UInt32 = 0
    package var durationMicroseconds: UInt32 = 0

    package init() {}

    package init(phase: Phase, shard: ShardID? = nil, startMicroseconds: UInt32, durationMicroseconds: UInt32) {
      self.phase = phase
      self.shard = shard
      self.startMicroseconds = startMicroseconds
      self.durationMicroseconds = durationMicroseconds
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("phase", &phase)
      try c.zeros(1)
      try c.integer("shard", &shard, none: .max)
      try c.integer("start_us", &startMicroseconds)
      try c.integer("duration_us", &durationMicroseconds)
    }
  }

  /// An arm of an experiment.
  package struct Arm: Hashable, Sendable {
    /// The salt of the experiment, which no other one has; not 0.
    package let experiment: UInt64
    package let name: String

    package init(experiment: UInt64, name: String) { (self.experiment, self.name) = (experiment, name) }
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
  /// Events, stored ones and the session's, that the query vector was folded from; 0 if it was not folded.
  package var eventsCounted: UInt32 = 0
  /// Events that were left out, because their item is unknown, deleted or out of reach.
  package var eventsSkipped: UInt32 = 0
  package var history = HistoryUse()
  package var words = RankWords()
  package var page = PageReport()
  /// Of the model that made the answer to those whose log it was made of; `nil`: none.
  package var promise: PrivacyPromise?
  /// That the shopper has; `nil`: none, or the query named a generation.
  package var arm: Arm?

  /// A report in which nothing has happened yet.
  package init() {}

  /// Whether time ended before any shard had searched anything: such an answer says nothing about the collection.
  package var isUnanswered: Bool {
    coverage == 0 && scanned == 0 && candidates == 0
      && missing.contains { $0.cause == .timedOut || $0.cause == .partial }
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("generation", &generation)
    try c.integer("model", &model)
    try c.integer("epoch", &epoch)
    try c.integer("query_source", &querySource)
    try c.integer("user_vector_source", &userVectorSource)
    try c.integer("session_items_found", &sessionItemsFound)
    try c.integer("coverage", &coverage, in: 0...1_000_000)
    try c.integer("shards_in_map", &shardCount)
    try c.integer("shards_in_full", &shardsAnswered)
    try c.integer("items_covered", &itemsCovered)
    try c.integer("scanned", &scanned)
    try c.integer("passed", &passed)
    try c.list("missing", &missing, leastBytes: 5, limit: Limits.shardsMax)
    try c.integer("candidates", &candidates)
    try c.integer("reranked", &reranked)
    try c.integer("not_finite", &notFinite)
    try c.integer("displaced", &displacedByCap)
    try c.integer("reasks", &reasks)
    try c.list("waterfall", &waterfall, leastBytes: Span.byteCount, limit: Int(UInt16.max))
    guard c.version >= 2 else { return }
    try c.integer("depth", &depth)
    try c.integer("request_id", &requestID)
    try explanation.fields(&c)
    guard c.version >= 4 else { return }
    try c.integer("events_counted", &eventsCounted)
    try c.integer("events_skipped", &eventsSkipped)
    guard c.version >= 5 else { return }
    try history.fields(&c)
    guard c.version >= 6 else { return }
    try words.fields(&c)
    guard c.version >= 7 else { return }
    try page.fields(&c)
    guard c.version >= 8 else { return }
    try c.promise(&promise)
    guard c.version >= 9 else { return }
    try c.arm(&arm)
  }
}

extension FieldCoder {
  /// The experiment and the name of an arm, which is not there if the first is 0 and the second empty.
  fileprivate mutating func arm(_ arm: inout RankReport.Arm?) throws(Failure) {
    var (experiment, name) = (arm?.experiment ?? 0, arm?.name)
    try integer("experiment", &experiment)
    let nameAt = offset
    try self.name("arm", &name)
    try check((experiment == 0) == (name == nil), at: nameAt, "an experiment and its arm are named together")
    arm = name.map { RankReport.Arm(experiment: experiment, name: $0) }
  }

  /// ε and δ of a promise, which is not there if both are 0.
  fileprivate mutating func promise(_ promise: inout PrivacyPromise?) throws(Failure) {
    var (epsilon, delta) = (promise?.epsilon ?? 0, promise?.delta ?? 0)
    let epsilonAt = offset
    try double("promised_epsilon", &epsilon)
    try check(epsilon >= 0 && epsilon.sign == .plus, at: epsilonAt, "a promised epsilon is 0 or more")
    let deltaAt = offset
    try double("promised_delta", &delta)
    try check(
      (0...1).contains(delta) && delta.sign == .plus && (epsilon > 0 || delta == 0), at: deltaAt,
      "a promised delta is 0 to 1, and 0 without an epsilon")
    promise = epsilon > 0 ? PrivacyPromise(epsilon: epsilon, delta: delta) : nil
  }
}
