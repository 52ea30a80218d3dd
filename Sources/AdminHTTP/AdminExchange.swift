import Dispatch
import Vocabulary

/// A request on its way from the thread of its connection to the task that answers it, and the answer on its way back.
final class AdminExchange: Sendable {
  let request: AdminRequest
  let route: AdminRoute
  private let given = Lock<AdminResponse?>(nil)
  private let isGiven = DispatchSemaphore(value: 0)

  init(_ request: AdminRequest, _ route: AdminRoute) {
    self.request = request
    self.route = route
  }

  /// Gives the answer; only the first counts.
  func give(_ response: AdminResponse) {
    let isFirst = given.withLock { given in
      defer { given = given ?? response }
      return given == nil
    }
    if isFirst { isGiven.signal() }
  }

  /// Blocks the connection's thread until there is an answer, or for so long.
  func wait(microseconds: UInt64) -> AdminResponse? {
    _ = isGiven.wait(timeout: .now() + .microseconds(Int(clamping: microseconds)))
    return given.withLock { $0 }
  }
}
