import Bytes
import Filters

extension CompiledFilter {
  /// The rows that have a value of an attribute.
  func present(_ attribute: Int, _ view: FilteredBlock) -> RowBits {
    if let lists = view.lists {
      return lists.presence[attribute] ?? RowBits(first: view.rowCount, capacity: view.capacity)
    }
    return select(view.block.presence, view) { $0 >> UInt64(attribute) & 1 == 1 }
  }

  /// The rows that have a value that passes a test.
  func passing(_ test: Test, _ attribute: Int, _ view: FilteredBlock) -> RowBits {
    if let lists = view.lists {
      switch (test, lists.columns[attribute]) {
      case (.filter(.any), _): return present(attribute, view)
      case (.codes(let codes), .keywords(let lists)): return lists.rows(codes)
      case (.filter(.int(let range)), .ints(let bands)):
        return bands.rows(range, kernels: kernels) { lists.block.int(attribute, row: $0) }
      case (.filter(.intAmong(let values)), .ints(let bands)):
        return bands.rows(among: values) { lists.block.int(attribute, row: $0) }
      case (.filter(.float(let range)), .floats(let bands)):
        return bands.rows(range, kernels: kernels) { lists.block.float(attribute, row: $0) }
      case (.filter(.floatAmong(let values)), .floats(let bands)):
        return bands.rows(among: values) { lists.block.float(attribute, row: $0) }
      default: break
      }
    }
    var rows = present(attribute, view)
    if !rows.isEmpty { rows.formIntersection(scanned(test, view.block.columns[attribute], view)) }
    return rows
  }

  /// The rows whose place in a column passes a test, present or not.
  private func scanned(_ test: Test, _ column: Block.Column, _ view: FilteredBlock) -> RowBits {
    switch (test, column) {
    case (.filter(.any), _): return RowBits(first: view.rowCount, capacity: view.capacity)
    case (.filter(.int(let range)), .int(let column)): return select(column, view) { range.contains($0) }
    case (.filter(.intAmong(let values)), .int(let column)): return select(column, view) { values.bisects($0) }
    case (.filter(.float(let range)), .float(let column)): return select(column, view) { range.contains($0) }
    case (.filter(.floatAmong(let values)), .float(let column)): return select(column, view) { values.bisects($0) }
    case (.codes(let codes), .bool(let column)): return select(column, view) { codes.bisects(UInt32($0)) }
    case (.codes(let codes), .keyword(let column)): return select(column, view) { codes.bisects($0) }
    case (.codes(let codes), .keywordSet(let column)):
      let arena = view.codes
      return select(column, view) { Self.contains(arena, $0, codes) }
    default:
      // A predicate of another type than the column: no schema gives it, and nothing passes.
      return RowBits(capacity: view.capacity)
    }
  }

  @inline(__always)
  private func select<Element>(
    _ column: SharedColumn<Element>, _ view: FilteredBlock, _ passes: (Element) -> Bool
  ) -> RowBits {
    column.withSpan(0..<view.rowCount) { values in
      RowBits(capacity: view.capacity, count: view.rowCount) { passes(values[$0]) }
    }
  }

  private static func contains(_ arena: Arena<UInt32>, _ extent: Extent, _ codes: [UInt32]) -> Bool {
    var isAmong = false
    arena.forEach(extent) { isAmong = isAmong || codes.bisects($0) }
    return isAmong
  }

  /// No fewer than how many rows have a value that passes a test.
  func countMax(_ test: Test, _ attribute: Int, _ view: FilteredBlock) -> Int {
    guard let lists = view.lists, lists.columns.indices.contains(attribute) else { return view.rowCount }
    switch (test, lists.columns[attribute]) {
    case (.codes(let codes), .keywords(let lists)): return lists.countMax(codes)
    case (.filter(.int(let range)), .ints(let bands)): return bands.countMax(range)
    case (.filter(.float(let range)), .floats(let bands)): return bands.countMax(range)
    default: return view.rowCount
    }
  }

  /// Whether the place of a row in a column, which has a value, passes a test.
  func passes(_ row: Int, _ test: Test, _ attribute: Int, _ view: FilteredBlock) -> Bool {
    switch (test, view.block.columns[attribute]) {
    case (.filter(.any), _): return true
    case (.filter(.int(let range)), .int(let column)): return range.contains(column[row])
    case (.filter(.intAmong(let values)), .int(let column)): return values.bisects(column[row])
    case (.filter(.float(let range)), .float(let column)): return range.contains(column[row])
    case (.filter(.floatAmong(let values)), .float(let column)): return values.bisects(column[row])
    case (.codes(let codes), .bool(let column)): return codes.bisects(UInt32(column[row]))
    case (.codes(let codes), .keyword(let column)): return codes.bisects(column[row])
    case (.codes(let codes), .keywordSet(let column)): return Self.contains(view.codes, column[row], codes)
    default: return false
    }
  }
}
