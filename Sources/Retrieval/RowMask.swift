/// Decides which live rows a search may return; knows ids and nothing of why.
package protocol RowMask: Sendable {
  /// Removes the rows of one block that must not be returned.
  ///
  /// - Parameters:
  ///   - rows: The live rows of the block.
  ///   - block: A number that no other block of this table has had, for masks kept from search to search. A block's
  ///     ids never change, but rows are added to the newest.
  ///   - ids: The ids of the block's rows `[row]`, dead ones included.
  func restrict(_ rows: inout RowBits, block: UInt64, ids: Span<UInt64>)
}
