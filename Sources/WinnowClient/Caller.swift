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
}
