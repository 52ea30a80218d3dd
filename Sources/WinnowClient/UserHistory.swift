import Transport
public import Vocabulary
import Wire

/// What a cluster keeps of a shopper.
public struct UserHistory: Hashable, Sendable {
  public let user: UserID
  /// Events that it has taken: it grows with each.
  public let version: UInt64
  /// The earliest and the latest time of an event, kept or not, in microseconds since the start of 1970.
  public let first: Int64
  public let last: Int64
  /// Whether the shopper was faster than a person at some time.
  public let isMarked: Bool
  /// Events taken of each kind, kept or not.
  public let counts: [ShopperAction: Int]
  /// The kept ones, newest last.
  public let events: [UserEvent]

  init(_ history: StoredHistory) throws(WinnowError) {
    let user = UserID(history.user)
    self.user = user
    (version, first, last, isMarked) = (history.version, history.first, history.last, history.isMarked)
    counts = Dictionary(
      uniqueKeysWithValues: ShopperAction.allCases.map { ($0, Int(history.counts[Int($0.rawValue) - 1])) })
    do throws(WireError) { events = try history.kept().map { UserEvent($0, of: user) } } catch {
      throw WinnowError(.invalid(error), attempts: 1, isInDoubt: false)
    }
  }
}

/// That a shopper is forgotten, shard by shard.
public struct ForgetReceipt: Hashable, Sendable {
  /// How far a shard is.
  public enum State: Hashable, Sendable {
    /// None of its files has the shopper any more.
    case done
    /// It answers nothing of the shopper any more; its files follow.
    case pending
    /// It could not be asked: forget again.
    case notReached
  }

  /// What one shard has removed.
  public struct Part: Hashable, Sendable {
    public let shard: ShardID
    public let state: State
    public let histories: Int
    public let events: Int
    /// Records of its log up to this one are in no file any more.
    public let position: UInt64
  }

  /// When, by the coordinator's clock, in microseconds since the start of 1970.
  public let time: Int64
  public let parts: [Part]
  /// Whether the model that serves has the shopper in its table, until another model takes its place.
  public let isInModel: Bool

  /// Whether no file of any shard has the shopper any more.
  public var isDone: Bool { parts.allSatisfy { $0.state == .done } }

  init(_ response: HistoryResponse) {
    time = response.receipts.map(\.time).max() ?? 0
    isInModel = response.isInModel
    parts = response.receipts.map { receipt in
      let state: State =
        switch receipt.state {
        case .done: .done
        case .notReached: .notReached
        default: .pending
        }
      return Part(
        shard: receipt.shard, state: state, histories: Int(receipt.histories), events: Int(receipt.events),
        position: receipt.position)
    }
  }
}
