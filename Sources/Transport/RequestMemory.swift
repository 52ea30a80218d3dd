import Vocabulary

/// The bytes that the requests of all connections of a server hold: those in work, and messages of which not every byte
/// has come. Each kind has half of the ceiling, so that neither takes the other's room.
package final class RequestMemory: Sendable {
  /// What a connection holds of messages that have not come whole.
  private struct Holding {
    var byteCount = 0
    /// When it began to hold bytes.
    var start: Instant
    /// Asked to give up its largest message, and has not done it yet.
    var isAsked = false
  }

  private struct State {
    var inWork = 0
    var unfinished = 0
    var holdings: [CallerID: Holding] = [:]
    var yields: [CallerID: Yield] = [:]
  }

  private struct Yield {
    let run: @Sendable () -> Void
  }

  private let state = Lock(State())
  /// The ceiling of both kinds together, in bytes.
  package let byteCountMax: Int
  /// The size up to which a request may also take the reserve, the last eighth of the room for requests in work.
  private static let smallBytesMax = 64 << 10
  /// A connection counts only when it holds more than this of messages that have not come whole.
  static let uncountedBytesMax = 64 << 10

  /// Nothing held yet.
  package init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

  /// Bytes that are held.
  package var usedByteCount: Int { state.withLock { $0.inWork + $0.unfinished } }

  // MARK: Requests in work

  /// Takes bytes for a request in work, if they are there.
  func take(_ count: Int) -> Bool {
    let reserve = count <= Self.smallBytesMax ? 0 : byteCountMax / 16
    return state.withLock { state in
      guard count <= byteCountMax / 2 - reserve - state.inWork else { return false }
      state.inWork += count
      return true
    }
  }

  /// Gives the bytes of a request back.
  func give(_ count: Int) { state.withLock { $0.inWork -= count } }

  // MARK: Messages that have not come whole

  /// Says how a connection is asked to give up its largest unfinished message; called on any thread.
  func whenAsked(_ caller: CallerID, _ yield: @escaping @Sendable () -> Void) {
    state.withLock { $0.yields[caller] = Yield(run: yield) }
  }

  /// Notes what a connection holds now. Over the ceiling the connection that holds the most, and of those with equally
  /// much the one that has held it longest, is asked to give up its largest message.
  ///
  /// - Returns: Whether that is this connection. It is also if the others that were asked have not given up enough.
  func hold(_ byteCount: Int, by caller: CallerID, at now: Instant) -> Bool {
    let (mustYield, yield): (Bool, Yield?) = state.withLock { state in
      let before = state.holdings[caller]
      state.unfinished += byteCount - (before?.byteCount ?? 0)
      state.holdings[caller] =
        byteCount == 0 ? nil : Holding(byteCount: byteCount, start: before?.start ?? now)
      guard state.unfinished > byteCountMax / 2, byteCount > (before?.byteCount ?? 0) else { return (false, nil) }
      let most = state.holdings.max { one, other in
        let (first, second) = (one.value, other.value)
        guard first.isAsked == second.isAsked else { return first.isAsked }
        return (first.byteCount, second.start) < (second.byteCount, first.start)
      }
      let isFarOver = state.unfinished > byteCountMax / 2 + byteCountMax / 16
      guard let (other, holding) = most, other != caller, !holding.isAsked, !isFarOver else { return (true, nil) }
      state.holdings[other]?.isAsked = true
      return (false, state.yields[other])
    }
    yield?.run()
    return mustYield
  }

  /// A connection is gone.
  func forget(_ caller: CallerID) {
    state.withLock { state in
      state.unfinished -= state.holdings.removeValue(forKey: caller)?.byteCount ?? 0
      state.yields[caller] = nil
    }
  }
}
