import Bytes
package import Placement

/// Writes a message body section by section; offsets go on from one section to the next.
package struct BodyWriter: Sendable {
  /// The version of the body.
  package let version: UInt16
  private var done: [Section] = []
  private var writer = ByteWriter()
  private var hint: SectionHint

  /// A body whose first section has this hint.
  package init(_ hint: SectionHint = .plain, version: UInt16 = FrameHeader.bodyVersion) {
    self.hint = hint
    self.version = version
  }

  /// Ends the present section and begins another.
  package mutating func section(_ next: SectionHint) {
    if writer.count > 0 { done.append(Section(hint, writer.bytes)) }
    writer = ByteWriter()
    hint = next
  }

  /// The body written so far.
  package var body: MessageBody {
    MessageBody(writer.count > 0 ? done + [Section(hint, writer.bytes)] : done, version: version)
  }

  /// Bytes written so far.
  package var offset: Int { done.reduce(writer.count) { $0 + $1.bytes.count } }

  package mutating func write<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) { writer.write(value) }

  package mutating func write(_ value: Bool) { writer.write(value ? 1 as UInt8 : 0) }

  package mutating func write(_ value: Float) { writer.write(value) }

  package mutating func write(_ value: Double) { writer.write(value) }

  package mutating func write(_ value: Bytes16) { value.write(to: &writer) }

  package mutating func write(text: String) { writer.write(text: text) }

  package mutating func write(bytes: some Sequence<UInt8>) { writer.write(bytes: bytes) }

  package mutating func write<T: FixedWidthInteger & BitwiseCopyable>(array: [T]) { writer.write(array: array) }

  package mutating func write(floats: [Float]) { writer.write(floats: floats) }

  /// A name behind its u8 byte count; `nil` is written as empty.
  package mutating func write(name: String?) {
    let bytes = (name ?? "").utf8
    writer.write(UInt8(bytes.count))
    writer.write(bytes: bytes)
  }

  package mutating func write(names: [String]) {
    writer.write(UInt16(names.count))
    for name in names { write(name: name) }
  }

  /// A vector behind its u16 dimension, `[d]`.
  package mutating func write(vector: [Float]) {
    writer.write(UInt16(vector.count))
    writer.write(floats: vector)
  }

  /// Ids behind their u32 count.
  package mutating func write(ids: [UInt64]) {
    writer.write(UInt32(ids.count))
    writer.write(array: ids)
  }

  package mutating func write(_ slots: SlotSet) { slots.write(to: &writer) }

  package mutating func write(_ map: ShardMap) { map.write(to: &writer) }

  /// Writes the group of a shard's members.
  package mutating func write(_ group: ShardGroup) { group.write(to: &writer) }

  /// Writes zero bytes up to the next multiple of eight.
  package mutating func pad8() { for _ in 0..<(8 - offset % 8) % 8 { writer.write(0 as UInt8) } }
}
