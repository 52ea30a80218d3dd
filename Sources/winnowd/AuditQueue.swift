import Security
import Telemetry
import Vocabulary

/// What an audit log is about to write: at most some entries a minute, since callers without a key can bring them about.
final class AuditQueue: Sendable {
  /// An entry, and when it was noted.
  typealias Noted = (entry: AuditEntry, time: String)

  private struct State {
    var entries: [Noted] = []
    /// Entries that stand in no line, since the last line that says how many.
    var leftOut: UInt64 = 0
    /// The present minute since 1970, and how many were noted in it.
    var minute: UInt64 = 0
    var inMinute = 0
  }

  private static let inMinuteMax = 600
  private static let waitingMax = 1024

  private let state = Lock(State())

  /// Adds an entry, or counts that it is left out.
  func add(_ noted: Noted) {
    let minute = Log.presentMicroseconds() / 60_000_000
    state.withLock { state in
      if state.minute != minute { (state.minute, state.inMinute) = (minute, 0) }
      state.inMinute += 1
      guard state.inMinute <= Self.inMinuteMax, state.entries.count < Self.waitingMax else {
        state.leftOut += 1
        return
      }
      state.entries.append(noted)
    }
  }

  /// Takes all entries, and how many were left out.
  func take() -> (entries: [Noted], leftOut: UInt64) {
    state.withLock { state in
      defer { (state.entries, state.leftOut) = ([], 0) }
      return (state.entries, state.leftOut)
    }
  }

  /// Counts entries that could not be written.
  func leaveOut(_ count: UInt64) { state.withLock { $0.leftOut += count } }
}
