import Vocabulary
import Wire

/// Whether a connection is used, as others than its own executor may see it.
struct ConnectionUse: Sendable {
  /// A client that has asked for nothing for so long is idle.
  let idleMicrosecondsMin: UInt64
  /// Since when it has been as it is.
  private var since: Instant
  /// Requests that are in work.
  private var inWork = 0
  /// Whether it is a client's: nodes keep theirs.
  private var isClient = true
  /// Whether it is on its way out.
  var isLeaving = false

  init(_ configuration: ServerConfiguration, at now: Instant) {
    (idleMicrosecondsMin, since) = (configuration.idleMicrosecondsMin, now)
  }

  /// Notes that requests have come or have been answered.
  mutating func note(_ change: Int, of role: NodeRole?, at now: Instant) {
    (inWork, since, isClient) = (inWork + change, now, role ?? .client == .client)
  }

  /// Since when a client has asked for nothing; `nil`: it has lately, or it is none.
  func idleSince(now: Instant) -> Instant? {
    let isIdle = inWork == 0 && since.microseconds(until: now) >= idleMicrosecondsMin
    return isIdle && isClient && !isLeaving ? since : nil
  }
}
