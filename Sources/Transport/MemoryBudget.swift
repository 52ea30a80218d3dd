import Vocabulary

/// Bytes that the requests of all connections of a server, unfinished or in work, may hold together.
package final class MemoryBudget: Sendable {
  private let used = Lock(0)
  /// The ceiling in bytes.
  package let byteCountMax: Int

  /// A budget of `byteCountMax` bytes, none of them used.
  package init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

  /// Bytes in use.
  package var usedByteCount: Int { used.withLock { $0 } }

  /// Takes bytes if they are there.
  package func take(_ count: Int) -> Bool {
    used.withLock { used in
      guard count <= byteCountMax - used else { return false }
      used += count
      return true
    }
  }

  /// Gives bytes back.
  package func give(_ count: Int) { used.withLock { $0 -= count } }
}
