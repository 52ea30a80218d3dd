internal import CKernels

/// CRC32C, the Castagnoli polynomial in reflected form (0x82F63B78): the checksum of every frame and file.
///
/// The check value of `123456789` is `0xE3069283`.
@usableFromInline package struct CRC32C: Sendable {
  /// The checksum of all bytes seen so far.
  @usableFromInline package internal(set) var value: UInt32 = 0

  /// A checksum of nothing yet.
  @inlinable
  package init() {}

  /// Continues the checksum over more bytes.
  @inlinable @inline(__always)
  package mutating func update(_ bytes: some Collection<UInt8>) {
    var crc = value
    // SAFETY: the buffer does not leave the closure.
    unsafe withContiguousBytes(of: bytes) { unsafe crc = Self.continued(crc, over: $0) }
    value = crc
  }

  @usableFromInline
  static func continued(_ crc: UInt32, over buffer: UnsafeBufferPointer<UInt8>) -> UInt32 {
    guard let base = buffer.baseAddress else { return crc }
    // SAFETY: base and count describe the buffer, which lives until the caller's closure ends; C only reads it.
    return unsafe wk_crc32c(crc, base, buffer.count)
  }

  /// The checksum of `bytes`.
  @inlinable @inline(__always)
  package static func checksum(_ bytes: some Collection<UInt8>) -> UInt32 {
    var crc = CRC32C()
    crc.update(bytes)
    return crc.value
  }
}
