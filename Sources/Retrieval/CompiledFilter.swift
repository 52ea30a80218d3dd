import Bytes
import Filters
import Kernels

/// A filter bound to the columns and keyword codes of one snapshot, run over a block at a time.
///
/// A missing attribute fails every predicate, a negated one too; a keyword that no item has ever had equals none.
struct CompiledFilter: Sendable {
  indirect enum Node: Sendable {
    case predicate(attribute: Int, Test, isNegated: Bool)
    case and([Node])
    case or([Node])
    case not(Node)
  }

  enum Test: Sendable {
    case filter(TypedFilter.Test)
    /// Codes, ascending.
    case codes([UInt32])
  }

  private let root: Node
  let kernels: KernelSet

  /// So few rows are asked one by one, for a whole column takes longer.
  private static let few = 32

  init(_ filter: TypedFilter, keywords: KeywordDictionary, kernels: KernelSet) {
    root = Self.node(filter, keywords)
    self.kernels = kernels
  }

  private static func node(_ filter: TypedFilter, _ keywords: KeywordDictionary) -> Node {
    switch filter {
    case .and(let children): .and(children.map { node($0, keywords) })
    case .or(let children): .or(children.map { node($0, keywords) })
    case .not(let child): .not(node(child, keywords))
    case .predicate(let attribute, .keywordAmong(let words), let isNegated):
      .predicate(
        attribute: attribute, .codes(words.compactMap { keywords.code(of: $0) }.sorted()), isNegated: isNegated)
    case .predicate(let attribute, .bool(let truth), let isNegated):
      .predicate(attribute: attribute, .codes([truth ? 1 : 0]), isNegated: isNegated)
    case .predicate(let attribute, let test, let isNegated):
      .predicate(attribute: attribute, .filter(test), isNegated: isNegated)
    }
  }

  /// The rows of a block that pass, dead ones included.
  func rows(of view: FilteredBlock) -> RowBits { rows(root, view) }

  private func rows(_ node: Node, _ view: FilteredBlock) -> RowBits {
    switch node {
    case .predicate(let attribute, let test, let isNegated):
      guard view.hasColumn(attribute) else { return RowBits(capacity: view.capacity) }
      guard isNegated else { return passing(test, attribute, view) }
      var rows = present(attribute, view)
      rows.subtract(passing(test, attribute, view))
      return rows
    case .and(let children):
      let order = mostSelectiveFirst(children, view)
      guard let first = order.first else { return RowBits(first: view.rowCount, capacity: view.capacity) }
      var rows = rows(first, view)
      for child in order.dropFirst() {
        let left = rows.count
        guard left > 0 else { break }
        if left <= Self.few {
          rows.keep { passes($0, child, view) }
        } else {
          rows.formIntersection(self.rows(child, view))
        }
      }
      return rows
    case .or(let children):
      var rows = RowBits(capacity: view.capacity)
      for child in children where view.lists == nil || countMax(child, view) > 0 {
        rows.formUnion(self.rows(child, view))
      }
      return rows
    case .not(let child):
      var rows = RowBits(first: view.rowCount, capacity: view.capacity)
      rows.subtract(self.rows(child, view))
      return rows
    }
  }

  private func mostSelectiveFirst(_ children: [Node], _ view: FilteredBlock) -> [Node] {
    guard view.lists != nil, children.count > 1 else { return children }
    let counts = children.map { countMax($0, view) }
    return children.indices.sorted { (counts[$0], $0) < (counts[$1], $1) }.map { children[$0] }
  }

  /// No fewer than how many rows of a block pass, dead ones included.
  private func countMax(_ node: Node, _ view: FilteredBlock) -> Int {
    switch node {
    case .predicate(let attribute, let test, let isNegated):
      isNegated ? view.rowCount : countMax(test, attribute, view)
    case .and(let children): children.reduce(view.rowCount) { $0 == 0 ? 0 : min($0, countMax($1, view)) }
    case .or(let children): children.reduce(0) { min(view.rowCount, $0 + countMax($1, view)) }
    case .not: view.rowCount
    }
  }

  /// Whether one row passes.
  private func passes(_ row: Int, _ node: Node, _ view: FilteredBlock) -> Bool {
    switch node {
    case .predicate(let attribute, let test, let isNegated):
      view.hasColumn(attribute) && view.block.has(attribute, row: row)
        && passes(row, test, attribute, view) != isNegated
    case .and(let children): children.allSatisfy { passes(row, $0, view) }
    case .or(let children): children.contains { passes(row, $0, view) }
    case .not(let child): !passes(row, child, view)
    }
  }
}
