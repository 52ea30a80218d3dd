import Vocabulary

/// The first failure of an open file, which all later calls repeat: what the disk holds is unknown from then on, and a
/// second sync may succeed although the bytes of the first are lost.
package final class LastingFailure: Sendable {
  private let first = Lock<DiskError?>(nil)

  package init() {}

  /// Makes a call, unless one has failed before.
  package func attempt(_ call: () throws(DiskError) -> Void) throws(DiskError) {
    if let failure = first.withLock({ $0 }) { throw failure }
    do throws(DiskError) { try call() } catch {
      first.withLock { $0 = $0 ?? error }
      throw error
    }
  }
}
