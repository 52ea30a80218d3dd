public import Vocabulary
import Wire

/// The slots that have to go to other shards, and how far that is.
public struct SlotMoves: Hashable, Sendable {
  /// The coordinator's state of work on the plan.
  public enum State: String, Hashable, Sendable {
    /// There is no plan.
    case atRest = "at rest"
    /// This is what would be done.
    case planned
    case moving
    case paused
    /// After too many failures: `reason` says why.
    case stopped
    /// It ends the slots that it is at, then rests.
    case ending
    /// One that this client does not know.
    case other
  }

  /// The phase of the slots that are on their way.
  public enum Phase: String, Hashable, Sendable {
    case none
    case beginning
    case copying
    case catchingUp = "catching up"
    case frozen
    case verifying
    case switching
    case ending
    case waiting
    /// One that this client does not know.
    case other
  }

  /// Slots that have still to go from a shard to another.
  public struct Move: Hashable, Sendable {
    public let source: ShardID
    public let target: ShardID
    public let slots: Int
  }

  public let state: State
  public let phase: Phase
  /// `nil`: there has been none.
  public let plan: UInt64?
  public let epoch: Epoch
  /// Of the whole plan.
  public let slots: Int
  public let slotsLeft: Int
  /// The shard that gives slots at this moment.
  public let source: ShardID?
  /// The shard that takes them.
  public let target: ShardID?
  /// In all slots of the plan, about.
  public let items: UInt64
  public let itemsCopied: UInt64
  /// That the items take, about.
  public let bytes: UInt64
  public let bytesCopied: UInt64
  /// Worked on the plan so far.
  public let worked: Duration
  /// Until the end, about; `nil`: not known.
  public let left: Duration?
  /// To copy at most.
  public let bytesPerSecond: UInt64
  /// Whether both shards are compared before slots change hands.
  public let verifies: Bool
  /// The longest that writes to some slots had to wait.
  public let longestFreeze: Duration
  /// Tries that failed.
  public let failures: Int
  /// Why the last of them failed; empty if none did.
  public let reason: String
  /// The moves that are left.
  public let moves: [Move]

  init(_ response: RebalanceResponse) {
    state =
      switch response.state {
      case .atRest: .atRest
      case .planned: .planned
      case .working: .moving
      case .paused: .paused
      case .stopped: .stopped
      case .ending: .ending
      default: .other
      }
    phase =
      switch response.phase {
      case .none: .none
      case .beginning: .beginning
      case .copying: .copying
      case .catchingUp: .catchingUp
      case .frozen: .frozen
      case .verifying: .verifying
      case .switching: .switching
      case .ending: .ending
      case .waiting: .waiting
      default: .other
      }
    plan = response.plan == 0 ? nil : response.plan
    epoch = response.epoch
    (slots, slotsLeft) = (Int(response.slots), Int(response.slotsLeft))
    (source, target) = (response.source, response.target)
    (items, itemsCopied) = (response.items, response.itemsCopied)
    (bytes, bytesCopied) = (response.bytes, response.bytesCopied)
    worked = .microseconds(Int64(clamping: response.microseconds))
    left = response.microsecondsLeft == 0 ? nil : .microseconds(Int64(clamping: response.microsecondsLeft))
    bytesPerSecond = response.bytesPerSecond
    verifies = response.verifies
    longestFreeze = .microseconds(Int64(response.frozenMicrosecondsMax))
    failures = Int(response.failures)
    reason = response.reason
    moves = response.moves.map { Move(source: $0.source, target: $0.target, slots: Int($0.slots)) }
  }
}

/// How slots are moved.
public struct MoveOptions: Hashable, Sendable {
  /// Nothing changes; the answer is what would be done.
  public var isDryRun: Bool
  /// Both shards count and sum what they hold of the slots before they change hands.
  public var verifies: Bool
  /// To copy at most; `nil`: the coordinator's own measure.
  public var bytesPerSecond: UInt64?

  /// At the coordinator's own pace.
  public init(isDryRun: Bool = false, verifies: Bool = false, bytesPerSecond: UInt64? = nil) {
    self.isDryRun = isDryRun
    self.verifies = verifies
    self.bytesPerSecond = bytesPerSecond
  }

  var wire: RebalanceRequest.Options {
    .init(isDryRun: isDryRun, verifies: verifies, bytesPerSecond: bytesPerSecond ?? 0)
  }
}
