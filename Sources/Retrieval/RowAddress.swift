/// Where a row lies: the position of its block, then the row in the block.
///
/// Good only with the snapshot that gave it, or with the table until its next change: compaction and settling move rows.
package struct RowAddress: Hashable, Sendable {
  let rawValue: UInt32

  /// Where a walk over all rows begins.
  package static let first = RowAddress(rawValue: 0)

  init(rawValue: UInt32) { self.rawValue = rawValue }

  init(block: Int, row: Int) { rawValue = UInt32(block << Block.rowBits | row) }

  var block: Int { Int(rawValue >> UInt32(Block.rowBits)) }

  var row: Int { Int(rawValue) & (Block.rowsMax - 1) }

  /// The bits of the raw value that hold the row.
  static let rowBits = UInt32(Block.rowBits)

  /// How many blocks can be told apart.
  static let blocksMax = 1 << (UInt32.bitWidth - Block.rowBits)
}
