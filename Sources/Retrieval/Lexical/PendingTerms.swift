import Bytes

/// The terms of a block's rows, row by row, while the block is not yet in lists.
struct PendingTerms: Sendable {
  private let rows: SharedColumn<Extent>
  /// The code of a term, then the bits of its impact.
  private var entries = Arena<UInt64>(zero: 0)

  init(capacity: Int) { rows = SharedColumn(repeating: .empty, capacity: capacity) }

  var byteCount: Int { rows.capacity * MemoryLayout<Extent>.stride + entries.byteCount }

  /// Writes a row that no reader has seen.
  mutating func set(_ row: Int, _ terms: [(code: UInt32, impact: Float)]) {
    rows[row] = entries.append(terms.map { UInt64($0.code) << 32 | UInt64($0.impact.bitPattern) })
  }

  /// Calls `body` with each term of a row.
  @inline(__always)
  func forEach(_ row: Int, _ body: (_ code: UInt32, _ impact: Float) -> Void) {
    entries.forEach(rows[row]) { body(UInt32($0 >> 32), Float(bitPattern: UInt32(truncatingIfNeeded: $0))) }
  }
}
