import Arguments
import Glibc
import Storage

/// The bytes of a file or of standard input, piece by piece.
final class ByteSource {
  private let descriptor: Int32
  /// As errors name it.
  private let path: String
  /// Bytes of the file; `nil` if that is not known.
  let byteCount: Int?

  /// Opens a file; `-` is standard input.
  init(_ path: String) throws(Failure) {
    self.path = path == "-" ? "standard input" : path
    if path == "-" {
      descriptor = STDIN_FILENO
      byteCount = nil
      return
    }
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(DiskError(.open, path, code: errno)) }
    self.descriptor = descriptor
    let end = lseek(descriptor, 0, Int32(SEEK_END))
    byteCount = end >= 0 ? end : nil
    if end >= 0 { lseek(descriptor, 0, Int32(SEEK_SET)) }
  }

  deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

  /// The next bytes; empty at the end.
  func next(_ most: Int = 1 << 18) throws(Failure) -> [UInt8] {
    while true {
      var count = 0
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: most) { buffer, initialized in
        // SAFETY: the buffer has room for `most` bytes, and as many count as initialised as were read.
        count = unsafe read(descriptor, buffer.baseAddress, most)
        initialized = max(0, count)
      }
      if count >= 0 { return bytes }
      guard errno == EINTR else { throw Failure(DiskError(.read, path, code: errno)) }
    }
  }

  /// All bytes up to a limit.
  func all(limit: Int) throws(Failure) -> [UInt8] {
    var all: [UInt8] = []
    while true {
      let piece = try next()
      if piece.isEmpty { return all }
      all += piece
      guard all.count <= limit else { throw Failure(.failed, "more than \(limit) bytes") }
    }
  }
}
