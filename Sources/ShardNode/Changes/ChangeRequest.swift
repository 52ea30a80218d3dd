import Vocabulary
import Wire

/// A request that changes a shard: it is prepared on the shard's state, kept in its log, and applied to the state.
///
/// A start prepares and applies the records of the log in their order: on the same state the same request has the same
/// effects and the same reply, versions and all.
protocol ChangeRequest: RequestMessage {
  /// Whether a coordinator routed it by an epoch, which has to be the shard's.
  static var isRouted: Bool { get }
  /// Whether it frees room, and may take the last of the log's.
  var freesRoom: Bool { get }
  /// The rows that it writes; `nil`: it writes none.
  var rows: WrittenRows? { get }
  /// The first version of the body that has these fields: the log keeps it so, for members of an earlier release.
  func loggedVersion(of sent: UInt16) -> UInt16
  /// Whether only a member that knows its group may take it in a state: alone, it would acknowledge what no other one has.
  func needsGroup(in state: borrowing ShardState) -> Bool
  /// The reply to a change that some members of the shard have.
  static func reply(_ reply: Reply, copies: Int) -> Reply

  /// Checks the request against a state, which stays as it is.
  ///
  /// - Parameter now: `nil` for a record of the log: then no search of an earlier epoch can come, and no copy is read.
  /// - Returns: What to change, nothing if the request is a repeat, and the reply once that is durable.
  func effects(
    on state: borrowing ShardState, now: Instant?
  ) throws(WireError) -> (effects: [ShardEffect], reply: Reply)
}

extension ChangeRequest {
  static var isRouted: Bool { true }
  var freesRoom: Bool { false }
  var rows: WrittenRows? { nil }
  func loggedVersion(of sent: UInt16) -> UInt16 { sent }
  func needsGroup(in state: borrowing ShardState) -> Bool { false }
  static func reply(_ reply: Reply, copies: Int) -> Reply { reply }
}

/// The rows that a request writes.
struct WrittenRows {
  let key: InstanceKey
  let count: Int
  /// What the limit of memory has to know; `nil`: the limit does not hold for them.
  var growth: MemoryGate.Growth?
}
