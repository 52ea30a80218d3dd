import Vocabulary
import Wire

extension Opcode {
  /// The kind of a record, never of a frame: items are removed that no epoch and no transfer needs.
  static let forget = Opcode(rawValue: 0x5F)
}

/// Items that a shard keeps no longer, since their slots are not its own.
struct ForgetRecord: Message, Equatable {
  let key: InstanceKey
  let ids: [UInt64]

  /// The limit of items, all of one collection.
  static let idsMax = 512

  init(of key: InstanceKey, ids: [UInt64]) {
    self.key = key
    self.ids = ids
  }

  init(from reader: inout BodyReader) throws(WireError) {
    let generation = Generation(try reader.integer())
    key = InstanceKey(name: try reader.name(), generation: generation)
    ids = try reader.ids(limit: Self.idsMax)
  }

  func write(to writer: inout BodyWriter) {
    writer.write(key.generation.rawValue)
    writer.write(name: key.name)
    writer.write(ids: ids)
  }
}
