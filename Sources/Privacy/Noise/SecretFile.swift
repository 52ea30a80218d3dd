import Bytes

/// A file of 32 secret bytes that its owner alone may read: a noise key, or a silo's signing key.
package enum SecretFile {
  private static let byteCount = 32

  /// The bytes of a file of 64 hexadecimal digits, or of 32 bytes.
  ///
  /// - Parameter mode: The permissions of the file.
  package static func bytes(_ path: String, _ content: [UInt8], mode: UInt32) throws(PrivacyError) -> [UInt8] {
    guard mode & 0o177 == 0 else {
      throw PrivacyError(
        .key, "\(path): others may use the key: its mode is \(String(mode & 0o777, radix: 8)), not 600",
        advice: "chmod 600 \(path)")
    }
    var bytes = content
    if bytes.count != byteCount {
      while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() }
      bytes = Hexadecimal.bytes(bytes) ?? bytes
    }
    guard bytes.count == byteCount else {
      throw PrivacyError(
        .key, "\(path): a key is 32 bytes, or 64 hexadecimal digits",
        advice: "make one with: (umask 077; openssl rand -hex 32 > \(path))")
    }
    return bytes
  }
}
