import Transport
import Vocabulary
import Wire

/// Calls to one of several coordinators, and to the next at once when that one drains, is lost or cannot be reached.
final class FailoverCaller: Caller {
  private struct State {
    var place: Int
    /// Whether one of them has answered: then a call waits within its budget until one does again.
    var hasAnswered = false
  }

  private static let pauseMicroseconds: UInt64 = 50_000

  private let callers: [any Caller]
  private let executor: any LinkExecutor
  private let state: Lock<State>

  /// - Parameters:
  ///   - callers: One for each address; each fails at once while its coordinator cannot be reached.
  ///   - first: Of them.
  init(_ callers: [any Caller], first: Int, executor: any LinkExecutor) {
    (self.callers, self.executor) = (callers, executor)
    state = Lock(State(place: first))
  }

  var isOfSeveral: Bool { true }

  func call(_ request: OutboundRequest) async throws(CallError) -> ReplyMessage {
    while true {
      var failure = CallError.unreachable("no address")
      let first = state.withLock { $0.place }
      for step in callers.indices {
        let place = (first + step) % callers.count
        do throws(CallError) {
          let reply = try await callers[place].call(request)
          state.withLock { ($0.place, $0.hasAnswered) = ($0.place == first ? place : $0.place, true) }
          return reply
        } catch { failure = error }
        guard failure.isOfTheCoordinator else {
          state.withLock { $0 = State(place: $0.place == first ? place : $0.place, hasAnswered: true) }
          throw failure
        }
        // What may have been done is for the caller to judge; it asks the next one then.
        state.withLock { if $0.place == place { $0.place = (place + 1) % callers.count } }
        guard failure.errorClass.contains(.notExecuted) else { throw failure }
      }
      let next = executor.clock.now().advanced(microseconds: Self.pauseMicroseconds)
      guard state.withLock({ $0.hasAnswered }), next < request.deadline, !Task.isCancelled else { throw failure }
      await executor.sleep(until: next)
    }
  }

  func traffic() async -> Traffic {
    var traffic = Traffic()
    for caller in callers { traffic += await caller.traffic() }
    return traffic
  }

  func close() async { for caller in callers { await caller.close() } }
}

extension CallError {
  /// Whether another coordinator may do better: this one drains, is lost or silent, or cannot be reached.
  fileprivate var isOfTheCoordinator: Bool {
    switch self {
    case .refused(let error): error.code == .shuttingDown
    case .connectionLost, .unreachable, .deadlineExceeded: true
    case .invalid, .cancelled, .queueFull: false
    }
  }
}
