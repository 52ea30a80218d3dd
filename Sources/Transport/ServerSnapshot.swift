package import Wire

/// A server's counts so far.
package struct ServerSnapshot: Sendable {
  /// Connections that are open.
  package var connectionCount = 0
  /// Connections that were accepted, with those of the two next kinds.
  package var acceptedCount: UInt64 = 0
  /// Connections that were closed at once because there were too many.
  package var refusedCount: UInt64 = 0
  /// Idle clients that were let go, since descriptors or connections were short.
  package var releasedCount: UInt64 = 0
  /// Connections that ended without a byte.
  package var emptyCount: UInt64 = 0
  /// Connections on which another protocol spoke.
  package var misdirectedCounts: [Misdirection: UInt64] = [:]
  /// Connections that ended because the peer did not read.
  package var slowReaderCount: UInt64 = 0
  /// Errors that were sent, by code.
  package var errorsSent: [ErrorCode: UInt64] = [:]
  /// Traffic over all connections.
  package var traffic = Traffic()
  /// The open connections, one by one.
  package var links: [ServerConnection.Snapshot] = []

  /// Nothing yet.
  package init() {}

  /// Adds what one connection has done.
  mutating func add(_ link: ServerConnection.Snapshot) {
    traffic += link.traffic
    errorsSent.merge(link.errorsSent) { $0 &+ $1 }
  }

  /// Counts how a connection ended.
  mutating func count(_ reason: CloseReason) {
    switch reason {
    case .empty: emptyCount += 1
    case .misdirected(let kind): misdirectedCounts[kind, default: 0] += 1
    case .slowReader: slowReaderCount += 1
    default: break
    }
  }
}
