import Bytes
import Storage

/// Gives shoppers numbers that only the holder of a key can lead back to them: the first 8 bytes of HMAC-SHA256 of the id.
package struct Pseudonyms: Sendable {
  /// A shopper's number, and 8 more bytes by which two shoppers of one number are told apart.
  package struct Pseudonym: Hashable, Sendable {
    package let id: UInt64
    package let check: UInt64
  }

  private let key: [UInt8]

  private static let keyBytes = 16...1024

  /// Reads a key file: 16 to 1,024 bytes, which nobody but its owner may read or write.
  package init(keyFile path: String) throws(DataError) {
    let make = "make one with: (umask 077; openssl rand -hex 32 > \(path))"
    var bytes: [UInt8] = []
    let mode: UInt32
    do throws(DiskError) {
      let file = try ReadableFile(path)
      mode = try file.permissions()
      while bytes.count <= Self.keyBytes.upperBound {
        let next = try file.next(4096)
        if next.isEmpty { break }
        bytes += next
      }
    } catch {
      throw DataError(path, .key, error.text, advice: make)
    }
    guard mode & 0o177 == 0 else {
      throw DataError(
        path, .key, "others may use the key: its mode is \(String(mode & 0o777, radix: 8)), not 600",
        advice: "chmod 600 \(path)")
    }
    // The end of the line is the editor's, not the key's.
    while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() }
    guard Self.keyBytes.contains(bytes.count) else {
      throw DataError(path, .key, "\(bytes.count) bytes are no key; 16 to 1,024 are needed", advice: make)
    }
    self.init(key: bytes)
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
