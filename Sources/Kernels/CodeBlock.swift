internal import CKernels

/// The codes of consecutive rows: 4 bits a dimension for the scan, 8 bits for a second look; immutable once made.
///
/// The longest rows come first, so that a scan can end where no row is long enough to reach its threshold: a row's place
/// among the codes is not its number. Sixteen rows form a record of `width / 8` lines of 64 bytes (dimensions 8 h …
/// 8 h + 7 of the 16 rows) and one line with their scales and errors as bfloat16. `Bounds.md` tells what they promise.
@safe package final class CodeBlock: Sendable {
  /// A multiple of 64.
  package let rowCount: Int
  /// The rotation's.
  package let width: Int
  /// At least the norm of any row's 4-bit codes less 7.5.
  let spread: Float

  // SAFETY: all are allocated and written in `init`, only read from then on, and freed in `deinit`.
  /// At least the norm of any row among 64 places and those behind them: descends, `[rowCount / 64]`; then the records.
  nonisolated(unsafe) private let norms: UnsafeMutablePointer<Float>
  nonisolated(unsafe) let records: UnsafeMutableRawPointer
  nonisolated(unsafe) let bytes: UnsafeMutableRawPointer
  /// The row at each place of the records, and the place of each row.
  let order, places: [UInt16]

  /// Encodes the first `rowCount` rows of a matrix, a multiple of 64 and at most 65,536.
  ///
  /// - Precondition: the rows are valid vectors (see `KernelSet.isValidVector`) of the rotation's dimension.
  package init(_ matrix: FloatMatrix, rowCount: Int, by rotation: Rotation, kernels: KernelSet) {
    precondition(rowCount > 0 && rowCount % 64 == 0 && rowCount <= matrix.rowCapacity, "whole words only")
    precondition(rowCount <= 1 << 16, "a place is a u16")
    precondition(matrix.columns == rotation.dimension, "rows of \(matrix.columns) for \(rotation.dimension)")
    let width = rotation.width
    let recordBytes = 8 * width + 64
    let scratch = FloatMatrix(rows: width, columns: 16)
    (self.rowCount, self.width) = (rowCount, width)
    let norms = unsafe UnsafeMutableRawPointer.allocate(byteCount: Self.scanBytes(rowCount, width), alignment: 64)
      .bindMemory(to: Float.self, capacity: rowCount / 64)
    let records = unsafe UnsafeMutableRawPointer(norms) + Self.normBytes(rowCount)
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: rowCount * (width + 4), alignment: 64)
    let order = kernels.longestFirst(matrix, rowCount: rowCount)
    var spread: Float = 0
    unsafe order.withUnsafeBufferPointer { order in
      // From the last record on: rows were put in order by a norm that is not exact, and `norm` takes the greatest.
      var norm: Float = 0
      for record in (0..<rowCount / 16).reversed() {
        // SAFETY: the rows that `order` names lie inside the matrix and inside the memory above; `scratch` is [width, 16].
        var rows = unsafe wk_code_rows(
          rows: matrix.base, stride: matrix.stride, columns: matrix.columns, width: width,
          order: order.baseAddress.map { unsafe $0 + 16 * record })
        unsafe wk_encode(
          kernels.isa, &rows, rotation.signs.storage.base, scratch.base,
          (records + record * recordBytes).assumingMemoryBound(to: UInt8.self),
          bytes.assumingMemoryBound(to: Int8.self), (bytes + rowCount * width).assumingMemoryBound(to: UInt32.self),
          &spread, &norm)
        unsafe norms[record / 4] = norm
      }
    }
    var places = [UInt16](repeating: 0, count: rowCount)
    for (place, row) in order.enumerated() { places[Int(row)] = UInt16(place) }
    (self.order, self.places, self.spread) = (order, places, spread)
    unsafe (self.norms, self.records, self.bytes) = (norms, records, bytes)
  }

  deinit {
    unsafe UnsafeMutableRawPointer(norms).deallocate()
    unsafe bytes.deallocate()
  }

  /// Bytes of the norms, so that the records begin at a line of memory.
  private static func normBytes(_ rowCount: Int) -> Int { (rowCount / 16 + 63) / 64 * 64 }

  private static func scanBytes(_ rowCount: Int, _ width: Int) -> Int {
    normBytes(rowCount) + rowCount / 16 * (8 * width + 64)
  }

  /// Bytes of the codes with their scales, norms and places.
  package var byteCount: Int { Self.scanBytes(rowCount, width) + rowCount * (width + 4 + 4) }

  /// Where a row lies among the codes.
  package func place(of row: Int) -> Int { Int(places[row]) }

  /// How many words of 64 places, from the first one on and at most `most`, have a row whose norm times `factor` may be
  /// `least` or more.
  func wordCount(_ factor: Float, atLeast least: Float, most: Int) -> Int {
    var (low, high) = (0, min(most, rowCount / 64))
    while low < high {
      let middle = (low + high) / 2
      // SAFETY: below a 64th of the rows. Products of two float32 are exact in float64.
      if Double(unsafe norms[middle]) * Double(factor) >= Double(least) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Prefetches what a scan begins with: the first `count` rows, if it does not take all.
  package func prefetch(first count: Int = .max) {
    let records = (min(count, rowCount) + 15) / 16 * (8 * width + 64)
    let count = (Self.normBytes(rowCount) + min(records, 8192)) / 4
    // SAFETY: the block holds `count` words from `norms` on; a prefetch reads nothing.
    unsafe wk_prefetch(norms, count)
  }

  /// 8-bit codes, `[rowCount, width]`.
  var rowBytes: UnsafeMutablePointer<Int8> { unsafe bytes.assumingMemoryBound(to: Int8.self) }

  /// Scale (low half) and error (high half) of the 8-bit codes as bfloat16, `[rowCount]`.
  var byteScales: UnsafeMutablePointer<UInt32> {
    unsafe (bytes + rowCount * width).assumingMemoryBound(to: UInt32.self)
  }

  /// The rotated row as its 4-bit codes have it, `[width]`.
  package func approximation(row: Int) -> [Float] {
    precondition((0..<rowCount).contains(row), "row \(row) of \(rowCount)")
    let place = place(of: row)
    // SAFETY: the record of the row lies inside the memory, checked above.
    let record = unsafe UnsafeRawBufferPointer(
      start: records + place / 16 * (8 * width + 64), count: 8 * width + 64)
    let scale = unsafe record.loadUnaligned(fromByteOffset: 8 * width + 2 * (place % 16), as: UInt16.self)
    return (0..<width).map { j in
      let pair = unsafe record[j / 8 * 64 + place % 16 * 4 + j % 4]
      let code = j % 8 < 4 ? pair & 15 : pair >> 4
      return Float(bitPattern: UInt32(scale) << 16) * (Float(code) - 7.5)
    }
  }
}
