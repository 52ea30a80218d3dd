package import Security
import Storage
import Vocabulary

/// The file whose first line is a client's key.
package enum KeyFile {
  /// Bytes of the file at most.
  private static let bytesMax = 4096

  /// The key in a file.
  ///
  /// - Throws: `.materials`, without a byte of what the file holds.
  package static func key(_ path: String) throws(TLSFault) -> ClientKey {
    let bytes: [UInt8]?
    do throws(DiskError) { bytes = try RealDisk().read(path, limit: bytesMax) } catch { throw .materials(error.text) }
    guard let bytes else { throw .materials("there is no \(path.visible)") }
    guard !FileMode.isOpen(path) else {
      throw .materials("\(path.visible) is open to others: chmod 600 \(path.visible)")
    }
    let line = String(decoding: bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
    guard let key = ClientKey(text: line) else {
      throw .materials("\(path.visible) holds no key in its first line, or one that was mistyped: see 'winnow key new'")
    }
    return key
  }
}
