package import Vocabulary

/// Leaves out what a shopper has met before: items with at least a number of events of some kinds, within some time
/// (`proto-spec/03-messages/rank.md`, version 5).
package struct SeenRule: FieldGroup, Hashable {
  /// A bit for each kind: bit 0 is the kind 1.
  private var kindBits: UInt8 = 1
  /// Only events of this number of last seconds count; 0: all that are kept.
  package var withinSeconds: UInt32 = 0
  /// The number of events of an item that leave it out, 1 or more.
  package var leastCount: UInt16 = 1

  package init() {}

  /// - Precondition: one kind or more.
  package init(_ kinds: some Sequence<ShopperAction>, withinSeconds: UInt32 = 0, leastCount: UInt16 = 1) {
    kindBits = kinds.reduce(0) { $0 | Self.bit(of: $1) }
    (self.withinSeconds, self.leastCount) = (withinSeconds, leastCount)
  }

  /// Whether events of a kind count.
  package func counts(_ kind: ShopperAction) -> Bool { kindBits & Self.bit(of: kind) != 0 }

  private static func bit(of kind: ShopperAction) -> UInt8 { 1 << (kind.rawValue - 1) }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("kinds", &kindBits, in: 1...UInt8.max)
    try c.integer("within_s", &withinSeconds, in: 0...Limits.seenSecondsMax, or: .limitExceeded)
    try c.integer("times", &leastCount, in: 1...UInt16.max)
  }

  /// The fewest bytes of one in a body.
  static let byteCount = 7
}
