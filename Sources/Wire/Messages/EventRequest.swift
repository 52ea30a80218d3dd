package import Vocabulary

/// EVENT: what shoppers did (`proto-spec/03-messages/event.md`).
package struct EventRequest: RequestMessage, Equatable {
  package typealias Reply = EventResponse
  package static let opcode = Opcode.event

  /// An event and whose it is.
  package struct Entry: FieldGroup, Hashable {
    package var user: UInt64 = 0
    package var event = ShopperEvent()

    package init() {}

    package init(user: UInt64, _ event: ShopperEvent) { (self.user, self.event) = (user, event) }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("user", &user)
      try event.fields(&c)
    }
  }

  package var collection = ""
  package var writer: UInt64 = 0
  package var op: UInt64 = 0
  /// When the coordinator had it, in microseconds since the start of 1970: a shard has no other clock.
  package var received: Int64 = 0
  /// Those of the collection, from the coordinator.
  package var settings = HistorySettings()
  package var events: [Entry] = []

  package init() {}

  package init(collection: String, writer: UInt64, op: UInt64, events: [Entry]) {
    (self.collection, self.writer, self.op, self.events) = (collection, writer, op, events)
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("writer", &writer, in: 1...UInt64.max)
    try c.integer("op", &op, in: 1...UInt64.max)
    try c.integer("received", &received, in: 0...Int64.max)
    try settings.fields(&c)
    try c.name("collection", &collection)
    let at = c.offset
    try c.list("events", &events, leastBytes: 8 + ShopperEvent.bytesMin, limit: Limits.eventsMax)
    try c.check(!events.isEmpty, at: at, "there are 1 to \(Limits.eventsMax) events", or: .limitExceeded)
  }
}

/// What became of events, each counted once but for those that are fast.
package struct EventCounts: Hashable, Sendable {
  package var accepted: UInt32 = 0
  /// Of the accepted ones, those of shoppers that were faster than a person.
  package var fast: UInt32 = 0
  /// Older than the collection keeps events.
  package var tooOld: UInt32 = 0
  /// More than 5 minutes before the coordinator's clock.
  package var inFuture: UInt32 = 0
  /// From before the shopper was forgotten.
  package var forgotten: UInt32 = 0

  package init() {}

  /// Adds what became of other events.
  package static func += (a: inout EventCounts, b: EventCounts) {
    a.accepted &+= b.accepted
    a.fast &+= b.fast
    a.tooOld &+= b.tooOld
    a.inFuture &+= b.inFuture
    a.forgotten &+= b.forgotten
  }
}

/// The answer to EVENT.
package struct EventResponse: Message, FieldGroup, Equatable {
  package var durability = WriteResponse.Durability.memory
  /// The op had been applied before.
  package var isReplayed = false
  package var counts = EventCounts()
  /// Accepted events of items that the collection does not have; 0: not looked for.
  package var unknownItems: UInt32 = 0
  /// The shopper's shard could not be asked.
  package var notExecuted: UInt32 = 0
  /// The shopper's shard did not answer; send the op again.
  package var unknown: UInt32 = 0

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("durability", &durability, in: 0...1)
    try c.flag("replayed", &isReplayed)
    try c.zeros(6)
    try c.integer("accepted", &counts.accepted)
    try c.integer("fast", &counts.fast)
    try c.integer("unknown_items", &unknownItems)
    try c.integer("too_old", &counts.tooOld)
    try c.integer("in_future", &counts.inFuture)
    try c.integer("forgotten", &counts.forgotten)
    try c.integer("not_executed", &notExecuted)
    try c.integer("unknown", &unknown)
  }
}
