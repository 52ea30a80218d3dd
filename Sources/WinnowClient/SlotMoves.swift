public import Vocabulary
import Wire

/// The slots that have to go to other shards, and how far that is.
public struct SlotMoves: Hashable, Sendable {
  /// The coordinator's state of work on the plan, in the order of their numbers.
  public enum State: String, CaseIterable, Hashable, Sendable {
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

  /// The phase of the slots that are on their way, in the order of their numbers.
  public enum Phase: String, CaseIterable, Hashable, Sendable {
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
    let wire: RebalanceResponse.Move

    public var source: ShardID { wire.source }
    public var target: ShardID { wire.target }
    public var slots: Int { Int(wire.slots) }
  }

  let wire: RebalanceResponse

  public var state: State { .numbered(wire.state.rawValue) }
  public var phase: Phase { .numbered(wire.phase.rawValue) }
  /// `nil`: there has been none.
  public var plan: UInt64? { wire.plan == 0 ? nil : wire.plan }
  public var epoch: Epoch { wire.epoch }
  /// Of the whole plan.
  public var slots: Int { Int(wire.slots) }
  public var slotsLeft: Int { Int(wire.slotsLeft) }
  /// The shard that gives slots at this moment.
  public var source: ShardID? { wire.source }
  /// The shard that takes them.
  public var target: ShardID? { wire.target }
  /// In all slots of the plan, about.
  public var items: UInt64 { wire.items }
  public var itemsCopied: UInt64 { wire.itemsCopied }
  /// That the items take, about.
  public var bytes: UInt64 { wire.bytes }
  public var bytesCopied: UInt64 { wire.bytesCopied }
  /// Worked on the plan so far.
  public var worked: Duration { .microseconds(Int64(clamping: wire.microseconds)) }
  /// Until the end, about; `nil`: not known.
  public var left: Duration? {
    wire.microsecondsLeft == 0 ? nil : .microseconds(Int64(clamping: wire.microsecondsLeft))
  }
  /// To copy at most.
  public var bytesPerSecond: UInt64 { wire.bytesPerSecond }
  /// Whether both shards are compared before slots change hands.
  public var verifies: Bool { wire.verifies }
  /// The longest that writes to some slots had to wait.
  public var longestFreeze: Duration { .microseconds(Int64(wire.frozenMicrosecondsMax)) }
  /// Tries that failed.
  public var failures: Int { Int(wire.failures) }
  /// Why the last of them failed; empty if none did.
  public var reason: String { wire.reason }
  /// The moves that are left.
  public var moves: [Move] { wire.moves.map { Move(wire: $0) } }
}

extension CaseIterable where AllCases == [Self] {
  /// The case of a number; the last one stands for all that this client does not know.
  fileprivate static func numbered(_ number: UInt8) -> Self { allCases[min(Int(number), allCases.count - 1)] }
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
