import Vocabulary

/// The answer to UPSERT and DELETE: what became of each item.
package struct WriteResponse: Message, Equatable {
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

  package var durability: Durability
  /// The op had been applied before.
  package var isReplayed: Bool
  package var statuses: [Status]
  package var versions: [UInt64]

  package init(durability: Durability, isReplayed: Bool, statuses: [Status], versions: [UInt64]) {
    self.durability = durability
    self.isReplayed = isReplayed
    self.statuses = statuses
    self.versions = versions
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    let count = Int(try reader.integer(in: 1...UInt32(Limits.upsertItemsMax), or: .limitExceeded))
    durability = try reader.bool() ? .disk : .memory
    isReplayed = try reader.bool()
    try reader.zeros(2)
    statuses = try Status.list(count: count, last: .unknown, from: &reader)
    try reader.pad8()
    versions = try reader.array(count: count)
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(UInt32(statuses.count))
    writer.write(durability.rawValue)
    writer.write(isReplayed)
    writer.write(0 as UInt16)
    writer.write(bytes: statuses.map(\.rawValue))
    writer.pad8()
    writer.section(.columns)
    writer.write(array: versions)
  }
}

extension WriteResponse.Status {
  /// Reads statuses one after another, none above `last`.
  static func list(
    count: Int, last: WriteResponse.Status, from reader: inout BodyReader
  ) throws(WireError) -> [WriteResponse.Status] {
    let numbers: [UInt8] = try reader.array(count: count) { numbers, place in
      1...last.rawValue ~= numbers[place] ? nil : "a status is 1 to \(last.rawValue)"
    }
    return numbers.compactMap(WriteResponse.Status.init(rawValue:))
  }
}
