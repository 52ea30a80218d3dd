/// Why the slots of a shard are not covered by an answer; unknown numbers survive.
package struct MissingCause: RawRepresentable, Worded, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let unreachable = MissingCause(rawValue: 1)
  package static let timedOut = MissingCause(rawValue: 2)
  package static let restartedEmpty = MissingCause(rawValue: 3)
  package static let partial = MissingCause(rawValue: 4)
  package static let staleEpoch = MissingCause(rawValue: 5)
  package static let refused = MissingCause(rawValue: 6)
  package static let draining = MissingCause(rawValue: 7)
  package static let otherShard = MissingCause(rawValue: 8)
  package static let older = MissingCause(rawValue: 9)
  package static let displaced = MissingCause(rawValue: 11)
  package static let notAssured = MissingCause(rawValue: 12)

  /// The words for people.
  package var words: String {
    switch self {
    case .unreachable: "unreachable"
    case .timedOut: "did not answer in time"
    case .restartedEmpty: "restarted empty; feed it again"
    case .partial: "answered in part"
    case .staleEpoch: "stale epoch"
    case .refused: "refused"
    case .draining: "draining"
    case .otherShard: "its data is another shard's"
    case .older: "older than it was; feed it again"
    case .displaced: "another coordinator has taken over"
    case .notAssured: "no member can prove to be current"
    default: "cause \(rawValue)"
    }
  }
}
