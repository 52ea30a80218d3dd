internal import CKernels

/// CRC32C, the Castagnoli polynomial in reflected form (0x82F63B78): the checksum of every frame and file.
///
/// The check value of `123456789` is `0xE3069283`.
package struct CRC32C: Sendable {
  /// The checksum of all bytes seen so far.
  package private(set) var value: UInt32 = 0

  /// A checksum of nothing yet.
  package init() {}

  /// Continues the checksum over more bytes.
  package mutating func update(_ bytes: some Collection<UInt8>) {
    var crc = value
    unsafe withContiguousBytes(of: bytes) { buffer in
      guard let base = buffer.baseAddress else { return }
      // SAFETY: base and count describe the buffer, which lives until the closure ends; C only reads it.
      crc = unsafe wk_crc32c(crc, base, buffer.count)
    }
    value = crc
  }

  /// The checksum of `bytes`.
  package static func checksum(_ bytes: some Collection<UInt8>) -> UInt32 {
    var crc = CRC32C()
    crc.update(bytes)
    return crc.value
  }
}
