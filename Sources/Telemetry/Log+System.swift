import Glibc

extension Log {
  /// A sink that writes each line to standard error in one call; what cannot be written is lost.
  package static let standardError: Sink = { line in
    let bytes = Array((line + "\n").utf8)
    // SAFETY: the buffer's own count is passed.
    _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  /// The present time in UTC to the millisecond, such as `2026-11-23T21:05:09.042Z`.
  package static let presentTime: @Sendable () -> String = {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    return timeText(seconds: now.tv_sec, milliseconds: now.tv_nsec / 1_000_000)
  }

  /// Milliseconds since 1970.
  package static func presentMilliseconds() -> UInt64 {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    return UInt64(clamping: now.tv_sec) * 1000 + UInt64(clamping: now.tv_nsec / 1_000_000)
  }

  /// Seconds since 1970 as a date and time in UTC.
  package static func timeText(seconds: Int, milliseconds: Int) -> String {
    var seconds = seconds
    var parts = unsafe tm()
    // SAFETY: both point to locals of this call; the text pointer in `tm` is not touched.
    unsafe gmtime_r(&seconds, &parts)
    let (year, month, day) = unsafe (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
    let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
    func padded(_ value: some BinaryInteger, _ width: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    return "\(year)-\(padded(month, 2))-\(padded(day, 2))"
      + "T\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2)).\(padded(milliseconds, 3))Z"
  }
}
