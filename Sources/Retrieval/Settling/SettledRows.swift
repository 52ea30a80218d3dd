/// Rows that lie by direction in blocks of their own, and wait for their table to take them.
package struct SettledRows: Sendable {
  /// A new block, in which no row lives yet.
  struct Settled: Sendable {
    let view: BlockView
    /// Where each row comes from: the place of its block among the sources, then its row there; `nil` for a row that
    /// only fills up its word.
    let origins: [RowAddress?]
  }

  /// The blocks whose rows are here.
  let sources: [(position: Int, block: Block)]
  let blocks: [Settled]
  /// Their terms; the position of a block is its number among `blocks`.
  let lists: [LexicalLists]
}
