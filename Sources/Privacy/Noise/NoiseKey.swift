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

  /// Takes the content of a key file: 64 hexadecimal digits, or 32 bytes.
  ///
  /// - Parameter mode: The permissions of the file.
  package init(file path: String, bytes: [UInt8], mode: UInt32) throws(PrivacyError) {
    guard mode & 0o177 == 0 else {
      throw PrivacyError(
        .key, "\(path): others may use the key: its mode is \(String(mode & 0o777, radix: 8)), not 600",
        advice: "chmod 600 \(path)")
    }
    var bytes = bytes
    if bytes.count != Self.byteCount {
      while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() }
      bytes = Hexadecimal.bytes(bytes) ?? bytes
    }
    guard bytes.count == Self.byteCount else {
      throw PrivacyError(
        .key, "\(path): a noise key is 32 bytes, or 64 hexadecimal digits",
        advice: "make one with: (umask 077; openssl rand -hex 32 > \(path))")
    }
    (self.bytes, source) = (bytes, .file)
  }

  /// Tells this key from others without giving it away.
  package var check: String {
    ContentHash.hexadecimal(KeyedHash.sha256(Array("winnow noise key".utf8), key: bytes).prefix(8))
  }
}
