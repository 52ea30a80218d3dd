import Vocabulary

/// A token bucket on retries (as Finagle's RetryBudget): bounds the load that a client adds when calls fail. Each call
/// saves a tenth of an attempt, and each attempt after the first spends a whole one. So a client makes at most a tenth
/// more attempts than calls, and those few that it has saved up.
struct RetryBudget: Sendable {
  /// Attempts that a client begins with.
  static let savedFirst = 10
  /// Attempts that can be saved up: enough to outlast a server that refuses for a moment.
  static let savedMax = 100
  /// Calls that pay for one attempt.
  static let callsPerRetry = 10

  private var tenths = savedFirst * callsPerRetry

  /// A call begins.
  mutating func save() { tenths = min(Self.savedMax * Self.callsPerRetry, tenths + 1) }

  /// Pays for an attempt.
  ///
  /// - Returns: Whether there was enough.
  mutating func spend() -> Bool {
    guard tenths >= Self.callsPerRetry else { return false }
    tenths -= Self.callsPerRetry
    return true
  }
}
