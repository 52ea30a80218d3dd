/// The rows of a block that a search may have.
struct AdmittedRows: Sendable {
  /// How many are alive and pass the mask, and how many of those the filter.
  var owned, passed: Int
  /// The rows that pass both; `nil` if all rows of the block do.
  var rows: RowBits?
}
