import Bytes

/// The caller that a request is counted for when callers share: its key, and without one its connection.
package struct CallerID: Hashable, Sendable {
  /// The number of the connection at its server, from 1; of a key a number from 2^63.
  package let rawValue: UInt64

  /// A caller by number.
  package init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The caller with a key, over all of its connections.
  init(ofKey id: String) {
    let name = ContentHash.sha256(Array(id.utf8)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    // Numbers of connections are never so large.
    self.init(name | 1 << 63)
  }

  /// The node itself, for work that no connection asked for.
  package static let own = CallerID(0)
}
