import Vocabulary

/// Watches whether a peer takes what is queued for it.
struct OutputWatch: Sendable {
  /// The advice of back-pressure.
  enum Advice { case goOn, pause, resume }

  private(set) var queuedByteCount = 0
  private(set) var isPaused = false
  private var progressAt: Instant

  init(at now: Instant) { progressAt = now }

  /// Since when queued bytes wait without any of them leaving; `nil` if none wait.
  var stallStart: Instant? { queuedByteCount > 0 ? progressAt : nil }

  /// Bytes are about to be queued: a queue that only grows makes no progress.
  mutating func willSend(_ byteCount: Int) { queuedByteCount += byteCount }

  /// Notes the true length of the queue.
  mutating func note(queuedByteCount count: Int, soft: Int, at now: Instant) -> Advice {
    if count < queuedByteCount || count == 0 { progressAt = now }
    queuedByteCount = count
    if !isPaused, count > soft {
      isPaused = true
      return .pause
    }
    if isPaused, count <= soft / 2 {
      isPaused = false
      return .resume
    }
    return .goOn
  }

  func isStalled(longerThan microseconds: UInt64, at now: Instant) -> Bool {
    stallStart.map { $0.advanced(microseconds: microseconds) <= now } ?? false
  }
}
