/// Settled rows on their way into a table, a piece at a time: until a row has come, it lives where it was.
struct Arrival {
  let rows: SettledRows
  /// The positions of the new blocks.
  let positions: [Int]
  /// The positions of the old blocks that are empty in the end: of those that the table was not about to empty itself.
  let emptied: [Int]
  /// The block and the row that come next.
  var block = 0, row = 0

  var isOver: Bool { block == rows.blocks.count }
}
