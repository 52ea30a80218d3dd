package import Bytes

/// An identifier of 16 random bytes: a cluster, or an incarnation of a node's data.
package struct Bytes16: Hashable, Sendable {
  private let low: UInt64
  private let high: UInt64

  /// All zero: "I do not know", or "none".
  package static let zero = Bytes16(low: 0, high: 0)

  /// An identifier from two halves, each little-endian.
  package init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// An identifier from its bytes; `nil` if they are not 16.
  package init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    var reader = ByteReader(Array(bytes))
    guard let low = try? reader.read(UInt64.self), let high = try? reader.read(UInt64.self) else { return nil }
    self.init(low: low, high: high)
  }

  /// The next 16 bytes of a body.
  package init(from reader: inout ByteReader) throws(ByteError) {
    guard reader.remaining >= 16 else { throw .truncated(offset: reader.offset, needed: 16) }
    self.init(low: try reader.read(), high: try reader.read())
  }

  /// Appends the 16 bytes.
  package func write(to writer: inout ByteWriter) {
    writer.write(low)
    writer.write(high)
  }

  /// The 16 bytes.
  package var bytes: [UInt8] {
    var writer = ByteWriter(reservingCapacity: 16)
    write(to: &writer)
    return writer.bytes
  }
}
