/// Keys made of a secret: HKDF-SHA256 (RFC 5869) over the HMAC of libcrypto.
package enum KeyDerivation {
  /// Bytes that a key can have at most.
  package static let byteCountMax = 255 * ContentHash.byteCount

  /// A key of `count` bytes.
  ///
  /// - Precondition: At most `byteCountMax` bytes.
  package static func sha256(secret: [UInt8], salt: [UInt8], info: [UInt8], count: Int = 32) -> [UInt8] {
    precondition(count <= byteCountMax, "HKDF has at most \(byteCountMax) bytes")
    let root = KeyedHash.sha256(
      secret, key: salt.isEmpty ? [UInt8](repeating: 0, count: ContentHash.byteCount) : salt)
    var (key, block): ([UInt8], [UInt8]) = ([], [])
    var number: UInt8 = 1
    while key.count < count {
      block = KeyedHash.sha256(block + info + [number], key: root)
      key += block
      number &+= 1
    }
    return Array(key.prefix(count))
  }
}
