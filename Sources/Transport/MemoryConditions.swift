/// How a link in memory treats bytes: a calm network by default, a bad one by choice.
package struct MemoryConditions: Sendable, Equatable {
  /// Delivers random pieces of 1 byte to this size; `nil` delivers everything that has arrived at once.
  package var pieceBytesMax: Int?
  /// How long bytes travel, in microseconds, drawn for each `send`; order is kept, as in TCP.
  package var delayMicroseconds: ClosedRange<UInt64> = 0...0
  /// Resets the link once this number of bytes has been delivered in one direction.
  package var cutAfterByteCount: Int?
  /// Swallows everything behind this number of bytes of a direction, without telling either end: a half-open link.
  package var silentAfterByteCount: Int?
  /// The buffer of the kernel's twin, in bytes; beyond it a sender's queue grows.
  package var bufferedBytesMax = 64 << 10

  /// A calm network.
  package init() {}
}
