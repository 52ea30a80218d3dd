internal import COpenSSL

/// The name of content by what it is: SHA-256 from libcrypto.
package enum ContentHash {
  /// Bytes of a hash.
  package static let byteCount = 32

  /// The SHA-256 of `bytes`, 32 bytes.
  package static func sha256(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: byteCount)
    unsafe withContiguousBytes(of: bytes) { input in
      // SAFETY: `digest` has the 32 bytes that SHA256 writes; the input is read within its count.
      _ = unsafe digest.withUnsafeMutableBufferPointer { unsafe SHA256(input.baseAddress, input.count, $0.baseAddress) }
    }
    return digest
  }

  /// A hash, or other bytes, as lower-case hexadecimal text.
  package static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
