import Glibc

/// A file of the system that is read once from its beginning, of any size.
package final class ReadableFile: Sendable {
  private let descriptor: Descriptor

  /// Opens a file.
  package init(_ path: String) throws(DiskError) { descriptor = try Descriptor(path, O_RDONLY) }

  /// The next bytes, at most `most`; none at the end.
  package func next(_ most: Int) throws(DiskError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: most)
    let count = try retrying(.read, descriptor.path) {
      // SAFETY: the buffer has room for the bytes of the array.
      unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor.number, $0.baseAddress, $0.count) }
    }
    bytes.removeLast(most - count)
    return bytes
  }

  /// How many bytes the file has; `nil` if it is no regular file.
  package func byteCount() throws(DiskError) -> Int? {
    var status = stat()
    _ = try retrying(.read, descriptor.path) { unsafe fstat(descriptor.number, &status) }
    return status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  /// The file's permissions: the lower twelve bits of its mode.
  package func permissions() throws(DiskError) -> UInt32 {
    var status = stat()
    _ = try retrying(.read, descriptor.path) { unsafe fstat(descriptor.number, &status) }
    return status.st_mode & 0o7777
  }
}
