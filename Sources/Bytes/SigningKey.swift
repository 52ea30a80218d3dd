internal import COpenSSL

/// A key whose holder can sign: Ed25519 from libcrypto (RFC 8032).
package struct SigningKey: Sendable {
  package static let byteCount = 32
  package static let signatureByteCount = 64

  private let secret: [UInt8]
  package let publicKey: [UInt8]

  /// The key of 32 random bytes.
  ///
  /// - Precondition: 32 bytes.
  package init(secret: [UInt8]) {
    precondition(secret.count == Self.byteCount, "a key has 32 bytes")
    self.secret = secret
    publicKey = RawKey.publicKey(of: secret, NID_ED25519)
  }

  /// The signature of some bytes, 64 bytes.
  package func signature(of bytes: [UInt8]) -> [UInt8] {
    let key = unsafe EVP_PKEY_new_raw_private_key(NID_ED25519, nil, secret, secret.count)
    let context = unsafe EVP_MD_CTX_new()
    defer {
      unsafe EVP_MD_CTX_free(context)
      unsafe EVP_PKEY_free(key)
    }
    var signature = [UInt8](repeating: 0, count: Self.signatureByteCount)
    var count = signature.count
    // SAFETY: `signature` has the 64 bytes that Ed25519 writes, and `count` says so; the input is read within its count.
    let isDone =
      unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1
      && EVP_DigestSign(context, &signature, &count, bytes, bytes.count) == 1
    precondition(isDone && count == signature.count, "libcrypto has no Ed25519")
    return signature
  }

  /// Whether the holder of a key has signed some bytes.
  package static func isSigned(_ bytes: [UInt8], _ signature: [UInt8], by publicKey: [UInt8]) -> Bool {
    guard publicKey.count == byteCount, signature.count == signatureByteCount else { return false }
    let key = unsafe EVP_PKEY_new_raw_public_key(NID_ED25519, nil, publicKey, publicKey.count)
    let context = unsafe EVP_MD_CTX_new()
    defer {
      unsafe EVP_MD_CTX_free(context)
      unsafe EVP_PKEY_free(key)
    }
    // SAFETY: both arrays are read within their counts.
    return unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
      && EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
  }
}
