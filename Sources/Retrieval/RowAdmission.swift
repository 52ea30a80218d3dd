import Bytes
import Kernels

/// Which rows of a snapshot a search may have: those that live and pass its mask and its filter.
struct RowAdmission: Sendable {
  private let snapshot: Snapshot
  private let mask: (any RowMask)?
  private let filter: CompiledFilter?

  init(kernels: KernelSet, snapshot: Snapshot, query: SearchQuery) {
    self.snapshot = snapshot
    mask = query.mask
    filter = query.filter.map { CompiledFilter($0, keywords: snapshot.keywords, kernels: kernels) }
  }

  var hasFilter: Bool { filter != nil }

  /// Whether all rows that live are admitted.
  var isOpen: Bool { filter == nil && mask == nil }

  /// Asks the mask and the filter for the rows of a block.
  func admit(_ position: Int, filtering: Bool = true) -> AdmittedRows {
    // Fields one by one: a copy of the view would touch the counts of all that it refers to.
    let (alive, written) = (snapshot.views[position].aliveCount, snapshot.views[position].rowCount)
    var admission = AdmittedRows(
      owned: alive, passed: alive, rows: alive == written ? nil : snapshot.views[position].alive)
    if let mask {
      let rows = owned(position, mask)
      admission = AdmittedRows(owned: rows.count, passed: rows.count, rows: rows)
    }
    guard let filter, filtering, admission.owned > 0 else { return admission }
    var passing = filter.rows(of: filteredBlock(position))
    if let rows = admission.rows { passing.formIntersection(rows) }
    admission.rows = passing
    admission.passed = passing.count
    return admission
  }

  private func owned(_ position: Int, _ mask: any RowMask) -> RowBits {
    let view = snapshot.views[position]
    var admitted = view.alive
    view.block.ids.withSpan(0..<view.rowCount) { mask.restrict(&admitted, block: view.block.serial, ids: $0) }
    // The mask may admit dead rows; they stay dead.
    admitted.formIntersection(view.alive)
    return admitted
  }

  private func filteredBlock(_ position: Int) -> FilteredBlock {
    if let lists = snapshot.views[position].lists { return .listed(lists) }
    return .plain(snapshot.views[position])
  }
}
