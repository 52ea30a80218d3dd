/// Rows whose scores a caller wants, by block.
struct WantedRows: Sendable {
  /// The address of a row above its place in the caller's order; ascending.
  private let keys: [UInt64]

  init(_ rows: [RowAddress]) {
    keys = rows.enumerated().map { UInt64($1.rawValue) << 32 | UInt64($0) }.sorted()
  }

  /// Calls `body` with the place and the row of each that lies in a block.
  func forEach(in position: Int, _ body: (_ place: Int, _ row: Int) -> Void) {
    guard !keys.isEmpty else { return }
    let first = UInt64(RowAddress(block: position, row: 0).rawValue) << 32
    var (low, high) = (0, keys.count)
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < first { low = middle + 1 } else { high = middle }
    }
    while low < keys.count {
      let address = RowAddress(rawValue: UInt32(keys[low] >> 32))
      guard address.block == position else { return }
      body(Int(keys[low] & 0xFFFF_FFFF), address.row)
      low += 1
    }
  }
}
