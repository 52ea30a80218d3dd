import Arguments
import Glibc
import Storage
import Vocabulary

/// Standard output and standard error.
enum StandardStreams {
  /// Why output was lost first, as errno; 0 if none was, or if its reader had enough of it.
  private static let lostOutput = Lock<Int32>(0)

  /// Moves a terminal to the start of its line and empties it.
  private static let overLine = "\r\u{1B}[K"

  /// Prints a text for people: of what others wrote nothing reaches the terminal that would steer it.
  ///
  /// - Parameter isOver: The text takes the place of the line that the terminal shows.
  static func output(_ text: String, isOver: Bool = false) { draw((isOver ? overLine : "") + text.visibleLines) }

  /// Prints JSON as it is, but for scalars that would steer a terminal, which are written as numbers.
  static func output(json text: String) { draw(text.visibleJSON) }

  /// Prints a text with sequences of our own that steer the terminal; what others wrote in it is visible already.
  static func draw(_ text: String) {
    let number = write(Array(text.utf8), to: STDOUT_FILENO)
    if number != EPIPE { lostOutput.withLock { $0 = $0 == 0 ? number : $0 } }
  }

  /// Tells a person something beside the output. What cannot be written is lost.
  ///
  /// - Parameter isOver: The text takes the place of the line that the terminal shows.
  static func error(_ text: String, isOver: Bool = false) {
    _ = write(Array(((isOver ? overLine : "") + text.visibleLines).utf8), to: STDERR_FILENO)
  }

  /// Tells of output that was lost.
  ///
  /// - Returns: the code to end with.
  static func finish(_ code: ExitCode) -> ExitCode {
    let number = lostOutput.withLock { $0 }
    guard number != 0 else { return code }
    error("winnow: \(DiskError(.write, "standard output", code: number).text)\n")
    return code == .ok ? .failed : code
  }

  /// Whether a person types what comes from standard input.
  static var isInputTerminal: Bool { isatty(STDIN_FILENO) == 1 }

  /// Whether a person reads what goes to standard output.
  static var isOutputTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Whether a person reads what goes to standard error.
  static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// - Returns: the errno of the write that failed, or 0.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var start = 0
    while start < bytes.count {
      // SAFETY: the pointer and count describe what is left of the array.
      let written = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress?.advanced(by: start), bytes.count - start)
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return written < 0 ? errno : EIO }
      start += written
    }
    return 0
  }
}
