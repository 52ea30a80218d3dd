import Glibc
import Vocabulary

/// A call to the disk that failed: what was tried, on which path, and the system's number for why.
package struct DiskError: Error, Hashable, Sendable {
  /// An operation on a disk.
  package enum Operation: String, Sendable {
    case open, read, write, append, sync, rename, list, remove, lock
    case makeDirectory = "make directory"
  }

  /// The operation that failed.
  package let operation: Operation
  /// On which file or directory.
  package let path: String
  /// The errno of the system.
  package let code: Int32

  /// An error by its errno.
  package init(_ operation: Operation, _ path: String, code: Int32) {
    self.operation = operation
    self.path = path
    self.code = code
  }

  /// Whether the disk or the quota is full: what was there before is still there.
  package var isFull: Bool { code == ENOSPC || code == EDQUOT }

  /// Whether no descriptor was free to open the file with: what was there before is still there.
  package var isShortage: Bool { code == EMFILE || code == ENFILE }

  /// Whether there is no such file or directory.
  package var isMissing: Bool { code == ENOENT }

  /// Whether something stands where a new file was to be.
  package var isThere: Bool { code == EEXIST }

  /// Whether another owner holds the lock.
  package var isLocked: Bool { code == EWOULDBLOCK }

  /// Whether the file is larger than the caller allows.
  package var isTooLarge: Bool { code == EFBIG }

  /// One line for people.
  package var text: String {
    if operation == .lock, isLocked { return "cannot lock \(path.visible): another process uses it" }
    var buffer = [CChar](repeating: 0, count: 128)
    // SAFETY: the buffer's own size is passed; strerror_r ends the text with a zero within it.
    let status = unsafe strerror_r(code, &buffer, buffer.count)
    let reason = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return "cannot \(operation.rawValue) \(path.visible): "
      + (status == 0 ? String(decoding: reason, as: UTF8.self) : "error \(code)")
  }
}
