package import Vocabulary
package import Wire

/// A request as a caller states it.
package struct OutboundRequest: Sendable {
  package let opcode: Opcode
  package let body: MessageBody
  /// When the caller's patience ends, on this side's clock.
  package let deadline: Instant
  /// The epoch used for routing, 0 from clients.
  package let epoch: Epoch
  /// It may have been sent before.
  package let isRetry: Bool

  /// A request.
  package init(
    _ opcode: Opcode, body: MessageBody, deadline: Instant, epoch: Epoch = Epoch(0), isRetry: Bool = false
  ) {
    self.opcode = opcode
    self.body = body
    self.deadline = deadline
    self.epoch = epoch
    self.isRetry = isRetry
  }
}
