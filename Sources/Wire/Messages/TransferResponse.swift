/// The answer to TRANSFER: where the shard's side of it stands now.
package struct TransferResponse: Message, Equatable {
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

  package var state: State
  /// The newest part that was read or written, or 0.
  package var part: UInt64
  /// Items in the slots, or those of the copy that are not yet read.
  package var items: UInt64
  /// The bytes of these items, about.
  package var byteCount: UInt64
  /// Items that changed since the copy was made and are not yet read.
  package var changed: UInt64
  /// Of a digest; else of no items.
  package var digest: ItemDigest
  /// The part that was read.
  package var contents: TransferPart?

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

  package init(from reader: inout BodyReader) throws(WireError) {
    state = State(rawValue: try reader.integer())
    let hasPart = try reader.bool()
    try reader.zeros(6)
    part = try reader.integer()
    items = try reader.integer()
    byteCount = try reader.integer()
    changed = try reader.integer()
    let at = reader.offset
    guard let digest = ItemDigest(itemCount: items, bytes: Array(try reader.raw(ItemDigest.byteCount))) else {
      throw WireError(.malformedBody, fieldOffset: at)
    }
    self.digest = digest
    contents = hasPart ? try TransferPart(from: &reader) : nil
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(state.rawValue)
    writer.write(contents != nil)
    writer.write(bytes: [0, 0, 0, 0, 0, 0])
    writer.write(array: [part, items, byteCount, changed])
    writer.write(bytes: digest.bytes)
    contents?.write(to: &writer)
  }
}
