import Vocabulary
import Wire

/// Bounds the requests that wait or run, so that a queue never grows without end.
final class Admission: Sendable {
  private let inWork = Lock(0)
  private let most: Int

  /// A gate for so many requests at once.
  init(most: Int) { self.most = most }

  /// Takes a place.
  ///
  /// - Throws: OVERLOADED if all are taken.
  func enter() throws(WireError) {
    let isAdmitted = inWork.withLock { count in
      guard count < most else { return false }
      count += 1
      return true
    }
    guard isAdmitted else { throw WireError(.overloaded, retryAfterMilliseconds: 50) }
  }

  /// Gives the place back.
  func leave() { inWork.withLock { $0 -= 1 } }
}
