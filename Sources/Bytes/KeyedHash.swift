internal import COpenSSL

/// The name of content that only the holder of a key can find: HMAC-SHA256 from libcrypto (RFC 2104).
package enum KeyedHash {
  /// The HMAC-SHA256 of `bytes`, 32 bytes.
  package static func sha256(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: ContentHash.byteCount)
    // SAFETY: key and input are read within their counts, `digest` has the 32 bytes that HMAC-SHA256 writes.
    let result = unsafe key.withUnsafeBytes { key in
      unsafe bytes.withUnsafeBufferPointer { bytes in
        unsafe digest.withUnsafeMutableBufferPointer { digest in
          unsafe HMAC(
            EVP_sha256(), key.baseAddress, Int32(clamping: key.count), bytes.baseAddress, bytes.count,
            digest.baseAddress, nil) != nil
        }
      }
    }
    precondition(result, "libcrypto has no HMAC-SHA256")
    return digest
  }
}
