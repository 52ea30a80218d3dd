import Placement
package import Wire

/// The transfers that a shard takes part in, as far as they outlive a restart: one as the target and one as the source
/// at most.
package struct OpenTransfers: Hashable, Sendable {
  /// Slots that come from elsewhere.
  struct Target: Hashable, Sendable {
    let id: UInt64
    let slots: SlotSet
    /// The newest part that was written, or 0.
    var part: UInt64 = 0
  }

  /// Slots that go elsewhere.
  struct Source: Hashable, Sendable {
    let id: UInt64
    let slots: SlotSet
    /// Whether writes to the slots are refused.
    var isFrozen = false
  }

  var target: Target?
  var source: Source?

  /// None is open.
  init() {}

  /// Whether writes to a slot are refused.
  func isFrozen(_ slot: Slot) -> Bool { source.map { $0.isFrozen && $0.slots.contains(slot) } ?? false }

  /// Slots whose rows have come from elsewhere and stay until the transfer ends.
  var arriving: SlotSet { target.flatMap { $0.part > 0 ? $0.slots : nil } ?? SlotSet() }
}

// u64 id of the target, 0 if none · u64 its newest part · 64 × u64 slots · u64 id of the source, 0 if none · u64 1 if it
// is frozen · 64 × u64 slots. All little-endian; the slots of none are those of no set: all bits 0.
extension OpenTransfers: Message {
  package init(from reader: inout BodyReader) throws(WireError) {
    if let (id, part, slots) = try Self.side(from: &reader, numberMax: .max) {
      target = Target(id: id, slots: slots, part: part)
    }
    if let (id, frozen, slots) = try Self.side(from: &reader, numberMax: 1) {
      source = Source(id: id, slots: slots, isFrozen: frozen == 1)
    }
  }

  private static func side(
    from reader: inout BodyReader, numberMax: UInt64
  ) throws(WireError) -> (UInt64, UInt64, SlotSet)? {
    let id: UInt64 = try reader.integer()
    let number: UInt64 = try reader.integer(in: 0...(id == 0 ? 0 : numberMax))
    guard id == 0 else { return (id, number, try reader.slots()) }
    try reader.zeros(512)
    return nil
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(array: [target?.id ?? 0, target?.part ?? 0])
    writer.write(target?.slots ?? SlotSet())
    writer.write(array: [source?.id ?? 0, source?.isFrozen == true ? 1 : 0])
    writer.write(source?.slots ?? SlotSet())
  }
}
