import Placement
import Retrieval
import Vocabulary
import Wire

/// A change of a shard's state that is checked and not yet made: it is logged, then applied, and nothing comes between.
struct ShardChange<Reply: Sendable>: Sendable {
  /// What the log keeps; `nil`: nothing changes that outlives the process.
  let record: ShardRecord?
  /// In their order.
  let effects: [ShardEffect]
  /// Once the change is durable.
  let reply: Reply
}

/// What a change does to a state. It has been checked: it cannot fail.
enum ShardEffect: Sendable {
  /// - Parameter now: From when on searches of the epoch before are answered a while longer; `nil`: none can come.
  case map(ShardMap, as: ShardID, now: Instant?)
  /// - Parameter lexical: Made of the schema.
  case create(InstanceKey, CollectionSchema, lexical: LexicalSettings?)
  case drop(InstanceKey)
  case write(ItemWrite, to: InstanceKey)
  case part(CollectionInstance.CheckedPart, to: InstanceKey)
  case transfers(SlotTransfers)
  case forget(ForgetRecord)
  case claim(UInt64)
  case promotion(UInt32)
  case events(EventWrite, to: String)
  /// - Parameter at: The coordinator's clock, in microseconds since the start of 1970.
  case forgetShopper(UInt64, at: Int64, of: String)
  case historySweep(HistorySweepRecord)
  /// A step of the search for old events is done.
  case historiesSwept(of: String)
  /// Where the search for items to forget goes on; `nil`: at the next instance.
  case sweep(Sweep?)
}
