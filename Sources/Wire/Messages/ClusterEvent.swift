/// Something that was done with the cluster, or that it did itself.
package struct ClusterEvent: FieldGroup, Hashable {
  /// What was done; unknown numbers survive.
  package struct Kind: RawRepresentable, Worded, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let collectionCreate = Kind(rawValue: 1)
    package static let collectionDrop = Kind(rawValue: 2)
    package static let generationStage = Kind(rawValue: 3)
    package static let generationActivate = Kind(rawValue: 4)
    package static let generationDiscard = Kind(rawValue: 5)
    package static let modelLoad = Kind(rawValue: 6)
    package static let feedComplete = Kind(rawValue: 7)
    package static let snapshotBegin = Kind(rawValue: 8)
    package static let snapshotEnd = Kind(rawValue: 9)
    package static let snapshotRestore = Kind(rawValue: 10)
    package static let rebalance = Kind(rawValue: 11)
    package static let shardAdd = Kind(rawValue: 12)
    package static let shardDrain = Kind(rawValue: 13)
    package static let shardRemove = Kind(rawValue: 14)
    package static let shardMove = Kind(rawValue: 15)
    package static let movesPause = Kind(rawValue: 16)
    package static let movesResume = Kind(rawValue: 17)
    package static let movesCancel = Kind(rawValue: 18)
    package static let replicaAdd = Kind(rawValue: 19)
    package static let replicaRemove = Kind(rawValue: 20)
    package static let loopRun = Kind(rawValue: 21)
    package static let coordinatorStarted = Kind(rawValue: 64)
    package static let coordinatorDrains = Kind(rawValue: 65)
    package static let shardUp = Kind(rawValue: 66)
    package static let shardAway = Kind(rawValue: 67)
    package static let shardEmpty = Kind(rawValue: 68)
    package static let movesDone = Kind(rawValue: 69)
    package static let movesCancelled = Kind(rawValue: 70)
    package static let movesStopped = Kind(rawValue: 71)
    package static let stageGivenUp = Kind(rawValue: 72)
    package static let generationRemoved = Kind(rawValue: 73)

    /// Whether the cluster did it by itself, without a caller.
    package var isOwn: Bool { rawValue >= 64 }

    /// The words for people: of what a caller does, those of the command.
    package var words: String {
      switch self {
      case .collectionCreate: "collection create"
      case .collectionDrop: "collection drop"
      case .generationStage: "generation staged"
      case .generationActivate: "generation serves"
      case .generationDiscard: "model discard"
      case .modelLoad: "model loaded"
      case .feedComplete: "feed --complete"
      case .snapshotBegin: "snapshot begun"
      case .snapshotEnd: "snapshot ended"
      case .snapshotRestore: "snapshot restore"
      case .rebalance: "cluster rebalance"
      case .shardAdd: "shard add"
      case .shardDrain: "shard drain"
      case .shardRemove: "shard remove"
      case .shardMove: "shard move"
      case .movesPause: "cluster pause"
      case .movesResume: "cluster resume"
      case .movesCancel: "cluster cancel"
      case .replicaAdd: "replica add"
      case .replicaRemove: "replica remove"
      case .loopRun: "loop run"
      case .coordinatorStarted: "coordinator started"
      case .coordinatorDrains: "coordinator drains"
      case .shardUp: "shard is up"
      case .shardAway: "shard is away"
      case .shardEmpty: "shard restarted empty"
      case .movesDone: "moves are done"
      case .movesCancelled: "moves are cancelled"
      case .movesStopped: "moves stopped"
      case .stageGivenUp: "stage given up"
      case .generationRemoved: "old generation removed"
      default: "event \(rawValue)"
      }
    }
  }

  /// Events that are kept, and that one answer has.
  package static let keptMax = 1000
  /// Bytes of one in a body.
  static let bytesMin = 25
  static let textBytesMax = 255

  /// From 1, in the order in which they were noted.
  package var number: UInt64 = 0
  /// Microseconds since 1970, by the coordinator's clock.
  package var time: UInt64 = 0
  package var kind = Kind(rawValue: 0)
  /// What it was refused with; `nil`: it was done.
  package var error: ErrorCode?
  /// A collection, a shard or another thing that it was done with; may be empty.
  package var subject = ""
  /// The caller's program and address; empty: the cluster itself.
  package var caller = ""
  /// More about it, for people; may be empty.
  package var detail = ""

  package init() {}

  /// An event that has no number yet; texts are cut to what one has room for.
  package init(
    _ kind: Kind, of subject: String, _ detail: String = "", by caller: String = "", error: ErrorCode? = nil
  ) {
    self.kind = kind
    self.subject = subject.cut(toBytes: Self.textBytesMax)
    self.detail = detail.cut(toBytes: Self.textBytesMax)
    self.caller = caller.cut(toBytes: Self.textBytesMax)
    self.error = error
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("number", &number)
    try c.integer("time_us", &time)
    try c.integer("kind", &kind)
    try c.integer("error", &error, none: 0)
    try c.text("subject", &subject, limit: Self.textBytesMax)
    try c.text("caller", &caller, limit: Self.textBytesMax)
    try c.text("detail", &detail, limit: Self.textBytesMax)
  }
}
