import Placement
import Vocabulary
import Wire

extension Opcode {
  /// The kind of a record, never of a frame: events are removed that are too old, or whose slots are not the shard's.
  static let historySweep = Opcode(rawValue: 0x5C)
}

/// Events of some slots that a shard keeps no longer.
struct HistorySweepRecord: Message, Equatable {
  let collection: String
  /// Events before it go; with the largest one all of the slots go.
  let time: Int64
  let slots: SlotSet

  init(_ collection: String, before time: Int64, in slots: SlotSet) {
    (self.collection, self.time, self.slots) = (collection, time, slots)
  }

  init(from reader: inout BodyReader) throws(WireError) {
    time = try reader.integer(in: 0...Int64.max)
    slots = try reader.slots()
    collection = try reader.name()
  }

  func write(to writer: inout BodyWriter) {
    writer.write(time)
    writer.write(slots)
    writer.write(name: collection)
  }
}
