import CLinux
import Glibc

/// The supervisor that has started this process and wants to hear how it is: systemd, by a datagram for each news
/// to the socket that the environment names.
package struct Supervisor: Sendable {
  /// The longest time between two signs of life; `nil`: it does not look for any.
  package let watchdogMicroseconds: UInt64?
  private let socket: String

  /// - Parameter variable: The value of a variable of the environment.
  /// - Returns: `nil` if none listens.
  package init?(_ variable: (String) -> String?) {
    guard let socket = variable("NOTIFY_SOCKET"), !socket.isEmpty else { return nil }
    self.socket = socket
    // Variables that were meant for a parent have its process id.
    let isForThisProcess = variable("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
    let period = variable("WATCHDOG_USEC").flatMap { UInt64($0) }
    watchdogMicroseconds = isForThisProcess ? period.flatMap { $0 > 1 ? $0 : nil } : nil
  }

  /// Says what is new, as sd_notify(3) writes it: `READY=1`, `STOPPING=1`, `WATCHDOG=1`, `STATUS=…`, a line each.
  package func tell(_ news: String) {
    // A supervisor that does not hear is its own trouble: the node goes on.
    // SAFETY: both texts end with a zero and are read during the call alone.
    _ = unsafe wl_notify(socket, news)
  }
}
