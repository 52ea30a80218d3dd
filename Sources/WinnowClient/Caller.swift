package import Transport
package import Wire

/// Where a client's calls go: a pool of connections, or a script in a test.
package protocol Caller: Sendable {
  /// Makes one call and waits for its one answer; cancelling the task cancels the call.
  func call(_ request: OutboundRequest) async throws(CallError) -> ReplyMessage
  /// Traffic over all connections so far.
  func traffic() async -> Traffic
  /// Closes every connection.
  func close() async
  /// Whether a call that is made again may go to another coordinator.
  var isOfSeveral: Bool { get }
}

extension Caller {
  /// To one address.
  package var isOfSeveral: Bool { false }
}
