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

  /// The SHA-256 of the parts as if they were one, 32 bytes; nothing is copied together.
  package static func sha256(joining parts: [[UInt8]]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: byteCount)
    let context = unsafe EVP_MD_CTX_new()
    defer { unsafe EVP_MD_CTX_free(context) }
    var status = unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil)
    for part in parts {
      // SAFETY: the buffer is read within its count, inside the closure only.
      status &= unsafe part.withUnsafeBytes { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    }
    // SAFETY: `digest` has the 32 bytes that SHA-256 writes.
    status &= unsafe digest.withUnsafeMutableBufferPointer {
      unsafe EVP_DigestFinal_ex(context, $0.baseAddress, nil)
    }
    precondition(status == 1, "libcrypto has no SHA-256")
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
