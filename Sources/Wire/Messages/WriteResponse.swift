import Placement
import Vocabulary

/// The answer to UPSERT, UPDATE and DELETE: what became of each item.
package struct WriteResponse: Message, FieldGroup, Equatable {
  /// The outcome for an item.
  package enum Status: UInt8, Sendable, CaseIterable {
    case inserted = 1
    case replaced = 2
    /// The item has another version than was expected; unchanged.
    case conflict = 3
    case deleted = 4
    /// There was nothing to delete.
    case absent = 5
    /// The item's shard could not be asked; unchanged.
    case notExecuted = 6
    /// The item's shard did not answer; send the op again.
    case unknown = 7
  }

  /// Where an acknowledged write is.
  package enum Durability: UInt8, Sendable, CaseIterable {
    case memory = 0
    case disk = 1
  }

  package var durability = Durability.memory
  /// The op had been applied before.
  package var isReplayed = false
  /// The fewest members of a shard that have what was written; 0: not known. From body version 2 on.
  package var copies: UInt8 = 0
  package var statuses: [Status] = []
  package var versions: [UInt64] = []

  package init() {}

  package init(durability: Durability, isReplayed: Bool, copies: UInt8 = 0, statuses: [Status], versions: [UInt64]) {
    self.durability = durability
    self.isReplayed = isReplayed
    self.copies = copies
    self.statuses = statuses
    self.versions = versions
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var count = statuses.count
    try c.integer("n", &count, as: UInt32.self, in: 1...Limits.upsertItemsMax, or: .limitExceeded)
    try c.integer("durability", &durability, in: 0...1)
    try c.flag("replayed", &isReplayed)
    if c.version >= 2 {
      try c.integer("copies", &copies, in: 0...UInt8(ShardGroup.membersMax))
      try c.zeros(1)
    } else {
      try c.zeros(2)
    }
    try c.statuses("status", &statuses, count: count, last: .unknown)
    try c.pad8()
    try c.section(.columns)
    try c.column("versions", &versions, count: count)
  }
}

extension FieldCoder {
  /// Statuses one after another, none above `last`.
  mutating func statuses(
    _ name: String, _ statuses: inout [WriteResponse.Status], count: Int, last: WriteResponse.Status
  ) throws(Failure) {
    try field(
      name, &statuses,
      read: { (reader) throws(WireError) in
        let numbers: [UInt8] = try reader.array(count: count) { numbers, place in
          1...last.rawValue ~= numbers[place] ? nil : "a status is 1 to \(last.rawValue)"
        }
        return numbers.compactMap(WriteResponse.Status.init(rawValue:))
      }, write: { $1.write(bytes: $0.map(\.rawValue)) }, show: { $1.put(name, FieldValue(list: $0.map(\.rawValue))) })
  }
}
