/// The outcome of one request.
package struct LoadSample: Sendable {
  /// The kind of a request.
  package enum Kind: String, Sendable, CaseIterable {
    case query, upsert, delete
  }

  /// Whether it was answered.
  package enum Outcome: Sendable {
    case answered(LoadAnswer)
    /// By the name of its error.
    case failed(String)
  }

  package let kind: Kind
  package let outcome: Outcome
  /// How long the server asks to wait before the next attempt; 0: not at all.
  package var retryAfterMilliseconds: UInt32 = 0
  /// Looks how good the answer was; runs after it has been counted.
  package var compare: (@Sendable () async -> QualityTally)?

  /// A request of a kind and what it came to.
  package init(_ kind: Kind, _ outcome: Outcome) {
    self.kind = kind
    self.outcome = outcome
  }
}
