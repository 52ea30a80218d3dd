package import Vocabulary

/// The answer to REBALANCE: the plan, and how far it has come.
package struct RebalanceResponse: Message, Equatable {
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
  package struct Move: Sendable, Equatable {
    package var source: ShardID
    package var target: ShardID
    package var slots: UInt16

    package init(source: ShardID, target: ShardID, slots: UInt16) {
      self.source = source
      self.target = target
      self.slots = slots
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

  package init(from reader: inout BodyReader) throws(WireError) {
    state = State(rawValue: try reader.integer())
    kind = try reader.integer()
    phase = Phase(rawValue: try reader.integer())
    verifies = try reader.bool()
    epoch = Epoch(try reader.integer())
    plan = try reader.integer()
    slots = try reader.integer()
    slotsLeft = try reader.integer()
    source = try Self.shard(&reader)
    target = try Self.shard(&reader)
    items = try reader.integer()
    itemsCopied = try reader.integer()
    bytes = try reader.integer()
    bytesCopied = try reader.integer()
    microseconds = try reader.integer()
    microsecondsLeft = try reader.integer()
    bytesPerSecond = try reader.integer()
    frozenMicrosecondsMax = try reader.integer()
    failures = try reader.integer()
    reason = try reader.text(limit: 512)
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 6, limit: Limits.slotCount)) {
      moves.append(
        Move(source: ShardID(try reader.integer()), target: ShardID(try reader.integer()), slots: try reader.integer()))
    }
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(bytes: [state.rawValue, kind, phase.rawValue])
    writer.write(verifies)
    writer.write(epoch.rawValue)
    writer.write(plan)
    writer.write(array: [slots, slotsLeft, source?.rawValue ?? .max, target?.rawValue ?? .max])
    writer.write(array: [
      items, itemsCopied, bytes, bytesCopied, microseconds, microsecondsLeft, bytesPerSecond,
    ])
    writer.write(array: [frozenMicrosecondsMax, failures])
    writer.write(text: reason)
    writer.write(UInt16(moves.count))
    for move in moves { writer.write(array: [move.source.rawValue, move.target.rawValue, move.slots]) }
  }

  private static func shard(_ reader: inout BodyReader) throws(WireError) -> ShardID? {
    let number: UInt16 = try reader.integer()
    return number == .max ? nil : ShardID(number)
  }
}
