import Wire

/// The outcome of a write.
public struct WriteOutcome: Hashable, Sendable {
  /// The outcome for one item.
  public enum Status: Hashable, Sendable {
    case inserted
    case replaced
    /// The item has another version than was expected; unchanged.
    case conflict
    case deleted
    /// There was nothing to delete.
    case absent
    /// The item's shard could not be asked; unchanged.
    case notExecuted
    /// The item's shard did not answer; writing the item again is safe.
    case unknown

    /// Whether the cluster has answered for the item.
    public var isSettled: Bool { self != .notExecuted && self != .unknown }
  }

  /// In the order of the request.
  public let statuses: [Status]
  /// The version of each item now; 0 where there is none.
  public let versions: [UInt64]
  /// Whether the write is on disk, and not in memory alone.
  public let isDurable: Bool
  /// How many members of its shard have each item at least; 0: no shard has answered.
  public let copies: Int

  /// Whether the cluster has answered for every item.
  public var isSettled: Bool { statuses.allSatisfy(\.isSettled) }

  init(_ response: WriteResponse) {
    statuses = response.statuses.map(Status.init)
    versions = response.versions
    isDurable = response.durability == .disk
    copies = Int(response.copies)
  }
}

extension WriteOutcome.Status {
  fileprivate init(_ status: WriteResponse.Status) {
    self =
      switch status {
      case .inserted: .inserted
      case .replaced: .replaced
      case .conflict: .conflict
      case .deleted: .deleted
      case .absent: .absent
      case .notExecuted: .notExecuted
      case .unknown: .unknown
      }
  }
}

extension WriteResponse {
  /// The class of the items to send again: their shard could not be asked, or did not answer.
  @Sendable static func unfinished(_ response: WriteResponse) -> ErrorClass? {
    if response.statuses.contains(.unknown) { return [.retriable, .indefinite] }
    return response.statuses.contains(.notExecuted) ? [.retriable, .notExecuted] : nil
  }
  /// The reply of an attempt after earlier ones: what an item was told stays, and one that an earlier attempt may have
  /// written is not "not executed".
  @Sendable static func joined(_ reply: WriteResponse, _ earlier: WriteResponse?, _ isInDoubt: Bool) -> WriteResponse {
    var joined = reply
    for (index, status) in reply.statuses.enumerated() where !status.isSettled {
      let before = earlier.flatMap { $0.statuses.indices.contains(index) ? $0.statuses[index] : nil }
      if let before, before.isSettled, let earlier {
        joined.statuses[index] = before
        joined.versions[index] = earlier.versions[index]
      } else if isInDoubt || before == .unknown {
        joined.statuses[index] = .unknown
      }
    }
    if let earlier, earlier.durability == .memory { joined.durability = .memory }
    // Of an attempt that no shard answered nothing is known.
    let known = [reply.copies, earlier?.copies ?? 0].filter { $0 > 0 }
    joined.copies = known.min() ?? 0
    return joined
  }
}

extension WriteResponse.Status {
  /// Whether a shard has answered for the item.
  fileprivate var isSettled: Bool { self != .notExecuted && self != .unknown }
}
