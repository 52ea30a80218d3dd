/// How far one stream of writes of a feed has come: kept, it lets a later feed of the same source go on behind it.
public struct FeedPosition: Hashable, Sendable {
  /// The number of the stream, by which the cluster recognises what it has seen.
  public let writer: UInt64
  /// The last op that was settled; 0 if none was.
  public let op: UInt64
  /// A checksum of all elements up to that op.
  public let check: UInt32

  /// A position that was kept.
  public init(writer: UInt64, op: UInt64 = 0, check: UInt32 = 0) {
    self.writer = writer
    self.op = op
    self.check = check
  }
}
