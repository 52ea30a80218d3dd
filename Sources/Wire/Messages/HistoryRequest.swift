package import Placement
package import Vocabulary

/// HISTORY: what is kept of shoppers, and that it is forgotten (`proto-spec/03-messages/history.md`).
package struct HistoryRequest: RequestMessage, Equatable {
  package typealias Reply = HistoryResponse
  package static let opcode = Opcode.history

  /// A step.
  package enum Step: UInt8, Sendable, CaseIterable {
    case get = 1
    case forget = 2
    /// Sets what is said of the settings, and tells them.
    case settings = 3
    /// Reads the histories of a slot, those of higher ids than the last one that was read.
    case list = 4
  }

  package var collection = ""
  package var step = Step.get
  /// Of a list: the last one that was read.
  package var user: UInt64 = 0
  /// Of a list: whether some history of the slot was read. Of a forget: whether it was told before, and is only asked how
  /// far it is.
  package var isContinued = false
  package var slot = Slot.all[0]
  /// The coordinator's clock, in microseconds since the start of 1970.
  package var now: Int64 = 0
  package var settings = HistorySettings()

  package init() {}

  package init(_ step: Step, collection: String, user: UInt64 = 0) {
    (self.step, self.collection, self.user) = (step, collection, user)
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("kind", &step, in: 1...4)
    try c.flag("continued", &isContinued)
    try c.integer("slot", &slot)
    try c.zeros(4)
    try c.integer("user", &user)
    try c.integer("now", &now, in: 0...Int64.max)
    try settings.fields(&c)
    try c.name("collection", &collection)
  }
}

/// The answer to HISTORY.
package struct HistoryResponse: Message, FieldGroup, Equatable {
  /// What a shard has removed.
  package struct Receipt: FieldGroup, Hashable {
    /// How far it is; unknown numbers survive.
    package struct State: RawRepresentable, Hashable, Sendable {
      package let rawValue: UInt8

      package init(rawValue: UInt8) { self.rawValue = rawValue }

      /// No file of the shard has the id or an event any more.
      package static let done = State(rawValue: 1)
      /// It is out of the answers; files are rewritten within moments.
      package static let pending = State(rawValue: 2)
      /// The shard could not be asked: forget again.
      package static let notReached = State(rawValue: 3)
    }

    package var shard = ShardID(0)
    package var state = State.done
    package var histories: UInt32 = 0
    package var events: UInt32 = 0
    /// When, by the coordinator's clock, in microseconds since the start of 1970.
    package var time: Int64 = 0
    /// Records of the log up to this one are in no file any more.
    package var position: UInt64 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("shard", &shard)
      try c.integer("state", &state)
      try c.zeros(1)
      try c.integer("histories", &histories)
      try c.integer("events", &events)
      try c.integer("at", &time)
      try c.integer("position", &position)
    }
  }

  /// Those of the collection.
  package var settings = HistorySettings()
  /// Whether the model that serves has the shopper in its table.
  package var isInModel = false
  /// Of a get at most one, with the events that it is answered with; of a list ascending by user.
  package var histories: [StoredHistory] = []
  /// Of a list: whether the slot has more.
  package var hasMore = false
  package var receipts: [Receipt] = []

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try settings.fields(&c)
    try c.flag("in_model", &isInModel)
    try c.flag("more", &hasMore)
    try c.zeros(2)
    try c.list("histories", &histories, leastBytes: StoredHistory.bytesMin, limit: HistoryPart.historiesMax)
    try c.list("receipts", &receipts, leastBytes: 28, limit: Limits.shardsMax)
  }
}
