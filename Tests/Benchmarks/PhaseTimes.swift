import Retrieval
import SocketTransport
import Vocabulary

/// Where the time of searches goes, phase by phase.
final class PhaseTimes: Sendable {
  private struct State: Sendable {
    var last: Instant
    var nanoseconds = [UInt64](repeating: 0, count: SearchPhase.allCases.count)
    var rows = [Int](repeating: 0, count: SearchPhase.allCases.count)
  }

  private let clock = SystemClock()
  private let state: Lock<State>

  init() { state = Lock(State(last: clock.now())) }

  /// Starts, or goes on after something that does not count.
  func start() { state.withLock { $0.last = clock.now() } }

  /// Counts the time since the last call for a phase.
  @Sendable func end(_ phase: SearchPhase, _ rows: Int) {
    let now = clock.now()
    state.withLock { state in
      state.nanoseconds[phase.rawValue] += now.nanoseconds - state.last.nanoseconds
      state.rows[phase.rawValue] += rows
      state.last = now
    }
  }

  /// Microseconds and rows of each phase, a query.
  func text(queries: Int) -> String {
    state.withLock { state in
      SearchPhase.allCases.filter { state.nanoseconds[$0.rawValue] > 0 }.map { phase in
        let microseconds = Double(state.nanoseconds[phase.rawValue]) / 1000 / Double(queries)
        return "\(phase) \(microseconds.rounded()) µs (\(state.rows[phase.rawValue] / queries) rows)"
      }.joined(separator: ", ")
    }
  }
}
