import Glibc

/// The number of descriptors that this process may have open (RLIMIT_NOFILE).
package enum DescriptorLimit {
  /// Descriptors that accepted connections leave to files and to the connections that the process makes itself.
  private static let reserveMax = 96

  /// The limit that holds now.
  package static var present: Int { Int(clamping: limits.rlim_cur) }

  /// Raises the limit as far as the system lets this process.
  ///
  /// - Returns: The limit that holds now.
  package static func raise() -> Int {
    var raised = limits
    raised.rlim_cur = raised.rlim_max
    // SAFETY: the pointer covers a local value for the call. If it fails, the old limit holds.
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised)
    return present
  }

  /// Descriptors that a limit keeps for anything but accepted connections: an eighth of a small one.
  package static func reserve(of limit: Int) -> Int { min(reserveMax, limit / 8) }

  private static var limits: rlimit {
    var limits = rlimit()
    // SAFETY: the pointer covers a local value for the call.
    unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
    return limits
  }
}
