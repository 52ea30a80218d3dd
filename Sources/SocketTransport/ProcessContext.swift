import Vocabulary
import Glibc

/// Arguments and environment of the process, read once by executables.
package enum ProcessContext {
  /// The environment variables; of a name that stands twice the first counts.
  package static var environment: [String: String] {
    var variables: [String: String] = [:]
    // SAFETY: `environ` ends with a null pointer, each entry with a null byte; no thread has been started that sets
    // variables.
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      let parts = unsafe String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2, variables[String(parts[0])] == nil { variables[String(parts[0])] = String(parts[1]) }
      unsafe entry += 1
    }
    return variables
  }

  /// The directory that relative paths begin at; `nil` if it has been removed.
  package static var workingDirectory: String? {
    // SAFETY: without a buffer the call makes one that ends with a null byte; it is ours to free.
    guard let path = unsafe getcwd(nil, 0) else { return nil }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
  }

  /// Opens /dev/null in place of each standard stream that the process was started without, so that no file or socket
  /// gets its number and what is printed. To be called before anything else is opened.
  ///
  /// Each is opened the wrong way round: to print or to read fails, as it does without the stream.
  package static func occupyStandardStreams() {
    let streams = [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
    // The system gives the lowest number that is free.
    for (number, way) in streams where fcntl(number, F_GETFD) < 0 { _ = unsafe open("/dev/null", way) }
  }

  /// Writes text to standard output in whole, or to standard error.
  ///
  /// - Returns: Whether all of it could be written.
  @discardableResult
  package static func write(_ text: String, toError: Bool = false) -> Bool {
    var bytes = Array(text.visibleLines.utf8)[...]
    while !bytes.isEmpty {
      // SAFETY: the buffer's own count is passed.
      let written = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(toError ? STDERR_FILENO : STDOUT_FILENO, $0.baseAddress, $0.count)
      }
      if written > 0 {
        bytes = bytes.dropFirst(written)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }
}
