internal import COpenSSL

/// The stream of ChaCha20 from libcrypto (RFC 8439): bytes that only the holder of a key can tell from random ones.
package enum ChaCha20 {
  package static let keyByteCount = 32
  package static let nonceByteCount = 12
  /// Bytes of a block, of which a stream has 2³².
  package static let blockByteCount = 64

  /// Bytes of the stream of a key and a nonce, from the block of this number on.
  ///
  /// - Precondition: A key of 32 bytes and a nonce of 12.
  package static func stream(key: [UInt8], nonce: [UInt8], block: UInt32 = 0, count: Int) -> [UInt8] {
    precondition(key.count == keyByteCount && nonce.count == nonceByteCount, "a key of 32 bytes and a nonce of 12")
    let start = (0..<4).map { UInt8(truncatingIfNeeded: block >> (8 * $0)) } + nonce
    let zeros = [UInt8](repeating: 0, count: count)
    var stream = zeros
    var written: Int32 = 0
    let context = unsafe EVP_CIPHER_CTX_new()
    defer { unsafe EVP_CIPHER_CTX_free(context) }
    // SAFETY: key and start have the 32 and 16 bytes that the cipher reads; it writes as many bytes as it reads.
    var status = unsafe EVP_EncryptInit_ex(context, EVP_chacha20(), nil, key, start)
    status &= unsafe EVP_EncryptUpdate(context, &stream, &written, zeros, Int32(count))
    precondition(status == 1 && Int(written) == count, "libcrypto has no ChaCha20")
    return stream
  }
}
