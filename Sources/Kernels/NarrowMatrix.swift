/// Rows of 8-bit or 16-bit numbers in memory aligned for the kernels: the rounded inputs and weights of narrow layers.
///
/// It has one writer, and readers only after it; see `FloatMatrix`.
@safe package final class NarrowMatrix: Sendable {
  package let rowCapacity: Int
  /// From one row to the next, a multiple of 64.
  let rowBytes: Int

  // SAFETY: allocated in `init` for rowCapacity * rowBytes, freed in `deinit` only; one writer, as for a FloatMatrix.
  nonisolated(unsafe) let base: UnsafeMutableRawPointer

  /// A matrix of zeros with room for `bytes` bytes a row.
  package init(rows: Int, bytes: Int) {
    precondition(rows >= 0 && bytes >= 0, "a matrix has no negative dimension")
    rowCapacity = rows
    rowBytes = (bytes + 63) / 64 * 64
    let count = max(rows * rowBytes, 64)
    unsafe base = .allocate(byteCount: count, alignment: 64)
    unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  }

  deinit {
    // SAFETY: allocated in `init`; bytes need no deinitialisation.
    unsafe base.deallocate()
  }

  /// Overwrites a number; `place` counts numbers from the first of all rows.
  func set<Number: FixedWidthInteger & BitwiseCopyable>(_ place: Int, to number: Number) {
    let size = MemoryLayout<Number>.size
    precondition(place >= 0 && (place + 1) * size <= rowCapacity * rowBytes, "number \(place)")
    // SAFETY: inside the matrix, checked above; numbers stand at multiples of their size.
    unsafe base.storeBytes(of: number, toByteOffset: place * size, as: Number.self)
  }
}
