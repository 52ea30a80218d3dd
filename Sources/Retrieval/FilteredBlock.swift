/// What a filter reads of a block; smaller to copy than the view.
struct FilteredBlock: Sendable {
  let block: Block
  let rowCount: Int
  /// The members of keyword sets.
  let codes: Arena<UInt32>
  let lists: AttributeLists?
}
