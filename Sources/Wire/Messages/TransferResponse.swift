/// The answer to TRANSFER: where the shard's side of it stands now.
package struct TransferResponse: Message, FieldGroup, Equatable {
  package static var bodyVersion: UInt16 { Opcode.transfer.newestBodyVersion }

  /// The state of a transfer at one shard; unknown numbers survive.
  package struct State: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let notOpen = State(rawValue: 0)
    package static let target = State(rawValue: 1)
    package static let copying = State(rawValue: 2)
    /// The copy is read; what changed since is not.
    package static let catchingUp = State(rawValue: 3)
    package static let frozen = State(rawValue: 4)
    /// Frozen, and nothing is left to read.
    package static let complete = State(rawValue: 5)
  }

  package var state = State.notOpen
  /// The newest part that was read or written, or 0.
  package var part: UInt64 = 0
  /// Items in the slots, or those of the copy that are not yet read.
  package var items: UInt64 = 0
  /// The bytes of these items, about.
  package var byteCount: UInt64 = 0
  /// Items that changed since the copy was made and are not yet read.
  package var changed: UInt64 = 0
  /// Of a digest; else of no items.
  package var digest = ItemDigest()
  /// The part that was read.
  package var contents: TransferPart?

  package init() {}

  /// Where a transfer stands.
  package init(
    state: State, part: UInt64 = 0, items: UInt64 = 0, byteCount: UInt64 = 0, changed: UInt64 = 0,
    digest: ItemDigest = ItemDigest(), contents: TransferPart? = nil
  ) {
    self.state = state
    self.part = part
    self.items = items
    self.byteCount = byteCount
    self.changed = changed
    self.digest = digest
    self.contents = contents
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var hasPart = contents != nil
    try c.integer("state", &state)
    try c.flag("has_part", &hasPart)
    try c.zeros(6)
    try c.integer("part", &part)
    try c.integer("items", &items)
    try c.integer("bytes", &byteCount)
    try c.integer("changed", &changed)
    try c.digest("digest", &digest, items: items)
    try c.part(&contents, isThere: hasPart)
  }
}
