import Glibc

/// Standard output and standard error.
enum StandardStreams {
  static func output(_ text: String) { write(Array(text.utf8), to: STDOUT_FILENO) }

  static func error(_ text: String) { write(Array(text.utf8), to: STDERR_FILENO) }

  /// Whether a person reads what goes to standard error.
  static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// What cannot be written, because nobody reads it any more, is lost.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var start = 0
    while start < bytes.count {
      // SAFETY: the pointer and count describe what is left of the array.
      let written = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress?.advanced(by: start), bytes.count - start)
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return }
      start += written
    }
  }
}
