import Bytes

/// What all noise of a release comes from: 32 bytes that never leave the process. Who knows them can take the noise off.
package struct NoiseKey: Sendable {
  package static let byteCount = ChaCha20.keyByteCount

  /// Where the key came from, in the words of a model's report.
  package enum Source: String, Sendable, Codable {
    case random = "getrandom"
    /// For tests and audits: equal flags give equal bytes.
    case file = "key file"
  }

  let bytes: [UInt8]
  package let source: Source

  /// - Precondition: 32 bytes.
  package init(random bytes: [UInt8]) {
    precondition(bytes.count == Self.byteCount, "a key has 32 bytes")
    (self.bytes, source) = (bytes, .random)
  }

  /// Takes the bytes of a key file.
  ///
  /// - Precondition: 32 bytes.
  package init(ofFile bytes: [UInt8]) {
    precondition(bytes.count == Self.byteCount, "a key has 32 bytes")
    (self.bytes, source) = (bytes, .file)
  }

  /// Tells this key from others without giving it away.
  package var check: String {
    ContentHash.hexadecimal(KeyedHash.sha256(Array("winnow noise key".utf8), key: bytes).prefix(8))
  }
}
