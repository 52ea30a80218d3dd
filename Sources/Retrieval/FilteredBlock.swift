/// What a filter reads of a block.
///
/// The lists of a full block stand for all of it, so that a filter that needs no more touches little memory.
enum FilteredBlock: Sendable {
  case listed(AttributeLists)
  case plain(BlockView)

  var lists: AttributeLists? { if case .listed(let lists) = self { lists } else { nil } }

  var block: Block {
    switch self {
    case .listed(let lists): lists.block
    case .plain(let view): view.block
    }
  }

  var capacity: Int {
    switch self {
    case .listed(let lists): lists.capacity
    case .plain(let view): view.block.capacity
    }
  }

  var rowCount: Int {
    switch self {
    case .listed(let lists): lists.capacity
    case .plain(let view): view.rowCount
    }
  }

  /// The members of keyword sets.
  var codes: Arena<UInt32> {
    switch self {
    case .listed(let lists): lists.codes
    case .plain(let view): view.codes
    }
  }

  func hasColumn(_ attribute: Int) -> Bool {
    (lists?.columns.indices ?? block.columns.indices).contains(attribute)
  }
}
