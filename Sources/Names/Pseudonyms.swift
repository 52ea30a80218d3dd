import Bytes

/// Gives shoppers numbers that only the holder of a key can lead back to them: the first 8 bytes of HMAC-SHA256 of the id.
package struct Pseudonyms: Sendable {
  /// A shopper's number, and 8 more bytes by which two shoppers of one number are told apart.
  package struct Pseudonym: Hashable, Sendable {
    package let id: UInt64
    package let check: UInt64
  }

  private let key: [UInt8]

  private static let keyBytes = 16...1024

  /// Bytes of a key file that are looked at: one more than a key may have with the end of its line.
  static let fileBytesMax = keyBytes.upperBound + 3

  /// Takes the content of a key file: 16 to 1,024 bytes, which only its owner may read or write.
  ///
  /// - Parameter mode: The permissions of the file.
  init(keyFile path: String, bytes: [UInt8], mode: UInt32) throws(NameError) {
    guard mode & 0o177 == 0 else {
      throw NameError(
        path, .key, "others may use the key: its mode is \(String(mode & 0o777, radix: 8)), not 600",
        advice: "chmod 600 \(path)")
    }
    var bytes = bytes
    // The end of the line is the editor's, not the key's.
    while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() }
    guard Self.keyBytes.contains(bytes.count) else {
      throw NameError(
        path, .key, "\(bytes.count) bytes are no key; 16 to 1,024 are needed", advice: Self.advice(path))
    }
    self.init(key: bytes)
  }

  /// How to make a key file.
  static func advice(_ path: String) -> String {
    "make one with: (umask 077; openssl rand -hex 32 > \(path))"
  }

  /// The key that a dictionary with this key check is read with; `nil` if it holds ids.
  ///
  /// - Throws: `key` if it needs one that is missing, or another one, or none.
  static func agreed(_ pseudonyms: Pseudonyms?, keyCheck: UInt64?, file: String) throws(NameError) -> Pseudonyms? {
    guard let keyCheck else {
      guard pseudonyms == nil else {
        throw NameError(
          file, .key, "the dictionary holds ids, not pseudonyms",
          advice: "leave out --pseudonym-key-file, or import into a new directory")
      }
      return nil
    }
    guard let pseudonyms else {
      throw NameError(file, .key, "the dictionary holds pseudonyms", advice: "give their --pseudonym-key-file")
    }
    guard pseudonyms.keyCheck == keyCheck else {
      throw NameError(
        file, .key, "the pseudonyms were made with another key", advice: "give the --pseudonym-key-file of the import")
    }
    return pseudonyms
  }

  /// Uses a key.
  package init(key: [UInt8]) { self.key = key }

  /// The pseudonym of an id.
  package func pseudonym(of name: String) -> Pseudonym {
    var reader = ByteReader(KeyedHash.sha256(Array(name.utf8), key: key))
    guard let id = try? reader.read(UInt64.self), let check = try? reader.read(UInt64.self) else {
      preconditionFailure("a hash has 32 bytes")
    }
    return Pseudonym(id: id, check: check)
  }

  /// Tells this key from others without giving it away.
  var keyCheck: UInt64 { pseudonym(of: "winnow pseudonym key").check }
}
