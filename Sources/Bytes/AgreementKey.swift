internal import COpenSSL

/// A key by which two who know each other's public half have a secret in common: X25519 from libcrypto (RFC 7748).
package struct AgreementKey: Sendable {
  package static let byteCount = 32

  package let secret: [UInt8]
  package let publicKey: [UInt8]

  /// The key of 32 random bytes.
  ///
  /// - Precondition: 32 bytes.
  package init(secret: [UInt8]) {
    precondition(secret.count == Self.byteCount, "a key has 32 bytes")
    self.secret = secret
    publicKey = RawKey.publicKey(of: secret, NID_X25519)
  }

  /// What both have in common; `nil` if the other key is none, or of the few that make every secret 0.
  package func shared(with other: [UInt8]) -> [UInt8]? {
    guard other.count == Self.byteCount else { return nil }
    let own = unsafe EVP_PKEY_new_raw_private_key(NID_X25519, nil, secret, secret.count)
    let peer = unsafe EVP_PKEY_new_raw_public_key(NID_X25519, nil, other, other.count)
    let context = unsafe EVP_PKEY_CTX_new(own, nil)
    defer {
      unsafe EVP_PKEY_CTX_free(context)
      unsafe EVP_PKEY_free(peer)
      unsafe EVP_PKEY_free(own)
    }
    var shared = [UInt8](repeating: 0, count: Self.byteCount)
    var count = shared.count
    // SAFETY: `shared` has the 32 bytes that X25519 writes, and `count` says so.
    let isDone =
      unsafe EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, peer) == 1
      && EVP_PKEY_derive(context, &shared, &count) == 1
    return isDone && count == shared.count && shared.contains { $0 != 0 } ? shared : nil
  }
}

/// Keys of 32 bytes as libcrypto takes them.
enum RawKey {
  /// The public half of a key of a kind.
  static func publicKey(of secret: [UInt8], _ kind: Int32) -> [UInt8] {
    let key = unsafe EVP_PKEY_new_raw_private_key(kind, nil, secret, secret.count)
    defer { unsafe EVP_PKEY_free(key) }
    var bytes = [UInt8](repeating: 0, count: 32)
    var count = bytes.count
    // SAFETY: `bytes` has the 32 bytes that a public half has, and `count` says so.
    let status = unsafe EVP_PKEY_get_raw_public_key(key, &bytes, &count)
    precondition(status == 1 && count == bytes.count, "libcrypto has no keys of this kind")
    return bytes
  }
}
