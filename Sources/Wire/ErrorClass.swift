/// What an error means for the sender of the request; a receiver goes by these bits, not by the code.
package struct ErrorClass: OptionSet, Worded, Hashable, Sendable {
  package let rawValue: UInt16

  /// The class of a number; unknown bits survive.
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The connection closes.
  package static let fatal = ErrorClass(rawValue: 1)
  /// The same request may succeed later or elsewhere.
  package static let retriable = ErrorClass(rawValue: 2)
  /// The request had no effect.
  package static let notExecuted = ErrorClass(rawValue: 4)
  /// A write may or may not have happened.
  package static let indefinite = ErrorClass(rawValue: 8)
  /// Fetch the shard map first.
  package static let refresh = ErrorClass(rawValue: 16)
  /// Wait before a retry.
  package static let backoff = ErrorClass(rawValue: 32)

  /// The names of the known bits.
  package var words: String {
    let names: [(ErrorClass, String)] = [
      (.fatal, "FATAL"), (.retriable, "RETRIABLE"), (.notExecuted, "NOT_EXECUTED"), (.indefinite, "INDEFINITE"),
      (.refresh, "REFRESH"), (.backoff, "BACKOFF"),
    ]
    return names.filter { contains($0.0) }.map(\.1).joined(separator: " ")
  }
}
