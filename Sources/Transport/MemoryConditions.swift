/// How a link in memory treats bytes: a calm network by default, a bad one by choice.
package struct MemoryConditions: Sendable, Equatable {
  /// Delivers random pieces of 1 to so many bytes; `nil` delivers everything that has arrived at once.
  package var pieceBytesMax: Int?
  /// How long bytes travel, in microseconds, drawn anew for every `send`; order is kept, as in TCP.
  package var delayMicroseconds: ClosedRange<UInt64> = 0...0
  /// Resets the link once so many bytes have been delivered in one direction.
  package var cutAfterByteCount: Int?
  /// Swallows everything behind so many bytes of a direction, without telling anyone: a half-open link.
  package var silentAfterByteCount: Int?
  /// What the twin of the kernel takes before a sender's queue grows, in bytes.
  package var bufferedBytesMax = 64 << 10

  /// A calm network.
  package init() {}
}
