/// Something that was made for a table and waits for it.
package enum Encoded: Sendable {
  case block(EncodedBlock)
  case lists(FoldedLists)
}
