import Bytes
import Filters

/// A filter bound to the columns and keyword codes of one snapshot, run by column over a block at a time.
///
/// A missing attribute fails every predicate, a negated one too; a keyword that no item has ever had equals none.
struct CompiledFilter: Sendable {
  private indirect enum Node: Sendable {
    case predicate(attribute: Int, Test, isNegated: Bool)
    case and([Node])
    case or([Node])
    case not(Node)
  }

  private enum Test: Sendable {
    case filter(TypedFilter.Test)
    /// Codes, ascending.
    case codes([UInt32])
  }

  private let root: Node

  init(_ filter: TypedFilter, keywords: KeywordDictionary) {
    root = Self.node(filter, keywords)
  }

  private static func node(_ filter: TypedFilter, _ keywords: KeywordDictionary) -> Node {
    switch filter {
    case .and(let children): .and(children.map { node($0, keywords) })
    case .or(let children): .or(children.map { node($0, keywords) })
    case .not(let child): .not(node(child, keywords))
    case .predicate(let attribute, .keywordAmong(let words), let isNegated):
      .predicate(
        attribute: attribute, .codes(words.compactMap { keywords.code(of: $0) }.sorted()), isNegated: isNegated)
    case .predicate(let attribute, let test, let isNegated):
      .predicate(attribute: attribute, .filter(test), isNegated: isNegated)
    }
  }

  /// The rows of a view that pass, dead ones included.
  func rows(of view: BlockView) -> RowBits { Self.rows(root, view) }

  private static func rows(_ node: Node, _ view: BlockView) -> RowBits {
    switch node {
    case .predicate(let attribute, let test, let isNegated):
      guard view.block.columns.indices.contains(attribute) else { return RowBits(capacity: view.block.capacity) }
      var rows = present(attribute, view)
      guard !rows.isEmpty else { return rows }
      let passing = passing(test, attribute, view)
      if isNegated { rows.subtract(passing) } else { rows.formIntersection(passing) }
      return rows
    case .and(let children):
      var rows = RowBits(first: view.rowCount, capacity: view.block.capacity)
      for child in children where !rows.isEmpty { rows.formIntersection(Self.rows(child, view)) }
      return rows
    case .or(let children):
      var rows = RowBits(capacity: view.block.capacity)
      for child in children { rows.formUnion(Self.rows(child, view)) }
      return rows
    case .not(let child):
      var rows = RowBits(first: view.rowCount, capacity: view.block.capacity)
      rows.subtract(Self.rows(child, view))
      return rows
    }
  }

  private static func present(_ attribute: Int, _ view: BlockView) -> RowBits {
    select(view.block.presence, view) { $0 >> UInt64(attribute) & 1 == 1 }
  }

  /// The rows whose place in a column passes a test, present or not.
  private static func passing(_ test: Test, _ attribute: Int, _ view: BlockView) -> RowBits {
    switch (test, view.block.columns[attribute]) {
    case (.filter(.any), _): return RowBits(first: view.rowCount, capacity: view.block.capacity)
    case (.filter(.int(let range)), .int(let column)):
      let (low, high) = (range.lowerBound, range.upperBound)
      return select(column, view) { $0 >= low && $0 <= high }
    case (.filter(.intAmong(let values)), .int(let column)): return select(column, view) { contains(values, $0) }
    case (.filter(.float(let range)), .float(let column)):
      let (low, high) = (range.lowerBound, range.upperBound)
      return select(column, view) { $0 >= low && $0 <= high }
    case (.filter(.floatAmong(let values)), .float(let column)): return select(column, view) { contains(values, $0) }
    case (.filter(.bool(let wanted)), .bool(let column)): return select(column, view) { ($0 != 0) == wanted }
    case (.codes(let codes), .keyword(let column)):
      if codes.count == 1 {
        let code = codes[0]
        return select(column, view) { $0 == code }
      }
      return select(column, view) { contains(codes, $0) }
    case (.codes(let codes), .keywordSet(let column)):
      return select(column, view) { extent in
        var isAmong = false
        view.codes.forEach(extent) { isAmong = isAmong || contains(codes, $0) }
        return isAmong
      }
    default:
      // A predicate of another type than the column: no schema gives it, and nothing passes.
      return RowBits(capacity: view.block.capacity)
    }
  }

  @inline(__always)
  private static func select<Element>(
    _ column: SharedColumn<Element>, _ view: BlockView, _ passes: (Element) -> Bool
  ) -> RowBits {
    column.withSpan(0..<view.rowCount) { values in
      RowBits(capacity: view.block.capacity, count: view.rowCount) { passes(values[$0]) }
    }
  }

  /// Whether ascending values have one that equals `wanted`.
  @inline(__always)
  private static func contains<Value: Comparable>(_ values: [Value], _ wanted: Value) -> Bool {
    var low = 0
    var high = values.count
    while low < high {
      let middle = (low + high) / 2
      if values[middle] < wanted { low = middle + 1 } else { high = middle }
    }
    return low < values.count && values[low] == wanted
  }
}
