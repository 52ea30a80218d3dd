package import Vocabulary

/// The answer to REBALANCE: the plan, and how far it has come.
package struct RebalanceResponse: Message, FieldGroup, Hashable {
  /// The coordinator's state of work on the plan; unknown numbers survive.
  package struct State: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let atRest = State(rawValue: 0)
    package static let planned = State(rawValue: 1)
    package static let working = State(rawValue: 2)
    package static let paused = State(rawValue: 3)
    package static let stopped = State(rawValue: 4)
    package static let ending = State(rawValue: 5)
  }

  /// The phase of the slots that are on their way; unknown numbers survive.
  package struct Phase: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let none = Phase(rawValue: 0)
    package static let beginning = Phase(rawValue: 1)
    package static let copying = Phase(rawValue: 2)
    package static let catchingUp = Phase(rawValue: 3)
    package static let frozen = Phase(rawValue: 4)
    package static let verifying = Phase(rawValue: 5)
    package static let switching = Phase(rawValue: 6)
    package static let ending = Phase(rawValue: 7)
    package static let waiting = Phase(rawValue: 8)
  }

  /// Slots that have still to go from one shard to another.
  package struct Move: FieldGroup, Hashable {
    package var source = ShardID(0)
    package var target = ShardID(0)
    package var slots: UInt16 = 0

    package init() {}

    package init(source: ShardID, target: ShardID, slots: UInt16) {
      self.source = source
      self.target = target
      self.slots = slots
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("shard", &source)
      try c.integer("target", &target)
      try c.integer("slots", &slots)
    }
  }

  package var state = State.atRest
  /// The kind of the request that made the plan; 0: there has been none.
  package var kind: UInt8 = 0
  package var phase = Phase.none
  package var verifies = false
  package var epoch = Epoch(0)
  /// Of the plan; 0: there has been none.
  package var plan: UInt64 = 0
  package var slots: UInt16 = 0
  package var slotsLeft: UInt16 = 0
  /// The shard that gives slots at this moment.
  package var source: ShardID?
  /// The shard that takes them.
  package var target: ShardID?
  /// In all slots of the plan, about.
  package var items: UInt64 = 0
  package var itemsCopied: UInt64 = 0
  /// That they take, about.
  package var bytes: UInt64 = 0
  package var bytesCopied: UInt64 = 0
  package var microseconds: UInt64 = 0
  /// Until the end, about; 0: not known.
  package var microsecondsLeft: UInt64 = 0
  /// At most.
  package var bytesPerSecond: UInt64 = 0
  /// The longest that writes to some slots had to wait.
  package var frozenMicrosecondsMax: UInt32 = 0
  /// Tries that failed.
  package var failures: UInt32 = 0
  /// Why the last one failed, for people.
  package var reason = ""
  /// Ascending by source, then target.
  package var moves: [Move] = []

  /// At rest, and there was no plan.
  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("state", &state)
    try c.integer("kind", &kind)
    try c.integer("phase", &phase)
    try c.flag("verify", &verifies)
    try c.integer("epoch", &epoch)
    try c.integer("plan", &plan)
    try c.integer("slots", &slots)
    try c.integer("slots_left", &slotsLeft)
    try c.integer("shard", &source, none: .max)
    try c.integer("target", &target, none: .max)
    try c.integer("items", &items)
    try c.integer("items_copied", &itemsCopied)
    try c.integer("bytes", &bytes)
    try c.integer("bytes_copied", &bytesCopied)
    try c.integer("us", &microseconds)
    try c.integer("us_left", &microsecondsLeft)
    try c.integer("bytes_per_second", &bytesPerSecond)
    try c.integer("longest_freeze_us", &frozenMicrosecondsMax)
    try c.integer("failures", &failures)
    try c.text("reason", &reason, limit: 512)
    try c.list("moves", &moves, leastBytes: 6, limit: Limits.slotCount)
  }
}
