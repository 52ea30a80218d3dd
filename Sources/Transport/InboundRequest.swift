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
  /// The number of the coordinator that asks; 0: it has none.
  package let claim: UInt64
  /// The caller that it counts for when callers share.
  package let caller: CallerID
  /// The caller's program and address, for people; empty: the node itself.
  package let callerName: String
  /// What the server knows of the caller.
  package let principal: Principal
  package let cancellation: RequestCancellation
  /// When its lane let it in; its arrival before that.
  package var admission: Instant

  /// A request; tests of handlers make their own, of the newest version unless they say otherwise.
  package init(
    opcode: Opcode, bodyVersion: UInt16? = nil, body: ArraySlice<UInt8>, requestID: UInt64 = 1,
    arrival: Instant, deadline: Instant, epoch: Epoch = Epoch(0), isRetry: Bool = false,
    peerRole: NodeRole = .client, claim: UInt64 = 0, caller: CallerID = .own, callerName: String = "",
    principal: Principal = .unnamed, cancellation: RequestCancellation = RequestCancellation()
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
    self.claim = claim
    self.caller = caller
    self.callerName = callerName
    self.principal = principal
    self.cancellation = cancellation
    admission = arrival
  }

  /// Why a request about a collection that its caller does not see is refused: as one about a collection that does not
  /// exist, and whether it does is not looked at. The one place where that is decided.
  package var scopeRefusal: WireError? {
    guard !principal.scope.isAll, let name = Messages.collection(of: opcode, body), !principal.scope.sees(name) else {
      return nil
    }
    return WireError(.unknownCollection).placed(in: opcode, body)
  }

  /// Whether the caller has given up the answer.
  package var isCancelled: Bool { cancellation.isCancelled }
}
