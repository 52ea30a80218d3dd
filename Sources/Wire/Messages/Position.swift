/// POSITION: how far a shard is, and which coordinator it obeys (`proto-spec/03-messages/position.md`).
package struct PositionRequest: RequestMessage, Equatable {
  package typealias Reply = PositionResponse
  package static let opcode = Opcode.position

  /// Of the coordinator that asks; 0: the shard is told nothing. From body version 2 on.
  package var revisions = Revisions()

  package init() {}

  package init(_ revisions: Revisions) { self.revisions = revisions }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    if c.version >= 2 { try revisions.fields(&c) }
  }
}

/// The answer to POSITION.
package struct PositionResponse: Message, FieldGroup, Equatable {
  /// The greatest claim of a coordinator that the shard has taken; 0: none.
  package var claim: UInt64 = 0
  /// The last record of the shard's log that is durable; 0 without a log.
  package var position: UInt64 = 0
  /// The highest that the shard has been told, and keeps. From body version 2 on.
  package var revisions = Revisions()

  package init() {}

  package init(claim: UInt64, position: UInt64, _ revisions: Revisions = Revisions()) {
    (self.claim, self.position, self.revisions) = (claim, position, revisions)
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("claim", &claim)
    try c.integer("position", &position)
    if c.version >= 2 { try revisions.fields(&c) }
  }
}
