/// The caller that a request is counted for when callers share: its connection.
package struct CallerID: Hashable, Sendable {
  /// The number of the connection at its server, from 1.
  package let rawValue: UInt64

  /// A caller by number.
  package init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The node itself, for work that no connection asked for.
  package static let own = CallerID(0)
}
