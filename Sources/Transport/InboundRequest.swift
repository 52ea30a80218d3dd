package import Vocabulary
package import Wire

/// A whole request as it reached a server.
package struct InboundRequest: Sendable {
  package let opcode: Opcode
  package let bodyVersion: UInt16
  /// The joined raw fragments.
  package let body: ArraySlice<UInt8>
  package let requestID: UInt64
  /// When its first fragment arrived.
  package let arrival: Instant
  /// When the caller's patience ends, on this side's clock.
  package let deadline: Instant
  /// The epoch used for routing, 0 from clients.
  package let epoch: Epoch
  /// It may have been sent before.
  package let isRetry: Bool
  package let peerRole: NodeRole
  /// The caller that it counts for when callers share.
  package let caller: CallerID
  package let cancellation: RequestCancellation
  /// When its lane let it in; its arrival before that.
  package var admission: Instant

  /// A request; tests of handlers make their own, of the newest version unless they say otherwise.
  package init(
    opcode: Opcode, bodyVersion: UInt16? = nil, body: ArraySlice<UInt8>, requestID: UInt64 = 1,
    arrival: Instant, deadline: Instant, epoch: Epoch = Epoch(0), isRetry: Bool = false,
    peerRole: NodeRole = .client, caller: CallerID = .own, cancellation: RequestCancellation = RequestCancellation()
  ) {
    self.opcode = opcode
    self.bodyVersion = bodyVersion ?? opcode.newestBodyVersion
    self.body = body
    self.requestID = requestID
    self.arrival = arrival
    self.deadline = deadline
    self.epoch = epoch
    self.isRetry = isRetry
    self.peerRole = peerRole
    self.caller = caller
    self.cancellation = cancellation
    admission = arrival
  }

  /// Whether the caller has given up the answer.
  package var isCancelled: Bool { cancellation.isCancelled }
}
