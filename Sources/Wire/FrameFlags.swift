/// The flag bits of a frame header.
package struct FrameFlags: OptionSet, Hashable, Sendable {
  package let rawValue: UInt16

  /// The flags of a number; every bit survives.
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The payload is one LZ4 block.
  package static let lz4 = FrameFlags(rawValue: 1 << 0)
  /// The last, or only, fragment of its message.
  package static let fin = FrameFlags(rawValue: 1 << 1)
  /// From the server, about the request with this id.
  package static let reply = FrameFlags(rawValue: 1 << 2)
  /// With `reply`: the payload is an error body.
  package static let error = FrameFlags(rawValue: 1 << 3)
  /// A request that may have been sent before.
  package static let retry = FrameFlags(rawValue: 1 << 4)
  /// Not the first fragment of its message.
  package static let continuation = FrameFlags(rawValue: 1 << 5)
  /// Bits that a receiver must refuse.
  package static let reservedCritical = FrameFlags(rawValue: 0b1100_0000)
  /// Bits that a receiver must ignore.
  package static let reservedIgnorable = FrameFlags(rawValue: 0xF000)

  /// The number of the filter in bits 8–11: 0 none, 1 byte shuffle of width 4, 2 byte shuffle of width 8.
  package var filter: UInt8 { UInt8(rawValue >> 8 & 0xF) }

  /// These flags with a filter's number added.
  package func with(filter: UInt8) -> FrameFlags { FrameFlags(rawValue: rawValue | UInt16(filter & 0xF) << 8) }
}
