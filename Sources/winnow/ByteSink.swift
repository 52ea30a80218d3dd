import Arguments
import Glibc
import Storage

/// A file that is written line by line.
final class ByteSink {
  private let descriptor: Int32
  private let path: String

  /// Makes the file, and empties it unless lines shall be added to those that it has.
  init(_ path: String, appends: Bool = false) throws(Failure) {
    self.path = path
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | (appends ? O_APPEND : O_TRUNC) | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Failure(DiskError(.open, path, code: errno)) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Adds a line.
  func write(_ line: String) throws(Failure) {
    let bytes = Array((line + "\n").utf8)
    var start = 0
    while start < bytes.count {
      // SAFETY: the pointer and count describe what is left of the array.
      let written = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress?.advanced(by: start), bytes.count - start)
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw Failure(DiskError(.write, path, code: errno)) }
      start += written
    }
  }
}
