import Vocabulary

/// How many connections each key holds at one server.
package final class KeyConnections: Sendable {
  /// Of keys that hold some, so there are never more than connections.
  private let counts = Lock<[CallerID: Int]>([:])

  /// No key holds any.
  package init() {}

  /// Counts one more for a key.
  ///
  /// - Parameter most: How many it may hold; `nil`: any number.
  /// - Returns: Whether it may; otherwise it is not counted.
  func take(_ key: CallerID, most: Int?) -> Bool {
    counts.withLock { counts in
      let count = counts[key] ?? 0
      if let most, count >= most { return false }
      counts[key] = count + 1
      return true
    }
  }

  /// Counts one less for a key.
  func give(_ key: CallerID) {
    counts.withLock { counts in
      let left = (counts[key] ?? 0) - 1
      counts[key] = left > 0 ? left : nil
    }
  }
}
