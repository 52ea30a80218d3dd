internal import CKernels

/// The codes of consecutive rows: 4 bits a dimension for the scan, 8 bits for a second look; immutable once made.
///
/// Sixteen rows form a record of `width / 8` lines of 64 bytes (dimensions 8 h … 8 h + 7 of the 16 rows) and one line
/// with their scales and errors as bfloat16. `Bounds.md` tells what they promise.
@safe package final class CodeBlock: Sendable {
  /// A multiple of 16.
  package let rowCount: Int
  /// The rotation's.
  package let width: Int
  /// At least the norm of the longest row.
  package let normMax: Float
  /// At least the norm of any row's 4-bit codes less 7.5.
  let spread: Float

  // SAFETY: both are allocated and written in `init`, only read from then on, and freed in `deinit`.
  nonisolated(unsafe) let records: UnsafeMutableRawPointer
  nonisolated(unsafe) let bytes: UnsafeMutableRawPointer

  /// Encodes the first `rowCount` rows of a matrix, a multiple of 16.
  ///
  /// - Precondition: the rows are valid vectors (see `KernelSet.isValidVector`) of the rotation's dimension.
  package init(_ matrix: FloatMatrix, rowCount: Int, by rotation: Rotation, kernels: KernelSet) {
    precondition(rowCount > 0 && rowCount % 16 == 0 && rowCount <= matrix.rowCapacity, "whole records only")
    precondition(matrix.columns == rotation.dimension, "rows of \(matrix.columns) for \(rotation.dimension)")
    let width = rotation.width
    let recordBytes = 8 * width + 64
    let scratch = FloatMatrix(rows: width, columns: 16)
    self.rowCount = rowCount
    self.width = width
    unsafe records = .allocate(byteCount: rowCount / 16 * recordBytes, alignment: 64)
    unsafe bytes = .allocate(byteCount: rowCount * (width + 4), alignment: 64)
    var (spread, norm): (Float, Float) = (0, 0)
    for first in stride(from: 0, to: rowCount, by: 16) {
      // SAFETY: 16 rows from `first` lie inside the matrix and inside the memory above; `scratch` is [width, 16].
      var rows = unsafe wk_code_rows(
        rows: matrix.base + first * matrix.stride, stride: matrix.stride, columns: matrix.columns, width: width)
      unsafe wk_encode(
        kernels.isa, &rows, rotation.signs.storage.base, scratch.base,
        (records + first / 16 * recordBytes).assumingMemoryBound(to: UInt8.self),
        bytes.assumingMemoryBound(to: Int8.self) + first * width,
        (bytes + rowCount * width).assumingMemoryBound(to: UInt32.self) + first, &spread, &norm)
    }
    self.spread = spread
    normMax = norm
  }

  deinit {
    unsafe records.deallocate()
    unsafe bytes.deallocate()
  }

  /// Bytes of the codes with their scales.
  package var byteCount: Int { rowCount / 16 * (8 * width + 64) + rowCount * (width + 4) }

  /// 8-bit codes, `[rowCount, width]`.
  var rowBytes: UnsafeMutablePointer<Int8> { unsafe bytes.assumingMemoryBound(to: Int8.self) }

  /// Scale (low half) and error (high half) of the 8-bit codes as bfloat16, `[rowCount]`.
  var byteScales: UnsafeMutablePointer<UInt32> {
    unsafe (bytes + rowCount * width).assumingMemoryBound(to: UInt32.self)
  }

  /// The rotated row as its 4-bit codes have it, `[width]`.
  package func approximation(row: Int) -> [Float] {
    precondition((0..<rowCount).contains(row), "row \(row) of \(rowCount)")
    // SAFETY: the record of the row lies inside the memory, checked above.
    let record = unsafe UnsafeRawBufferPointer(
      start: records + row / 16 * (8 * width + 64), count: 8 * width + 64)
    let scale = unsafe record.loadUnaligned(fromByteOffset: 8 * width + 2 * (row % 16), as: UInt16.self)
    return (0..<width).map { j in
      let pair = unsafe record[j / 8 * 64 + row % 16 * 4 + j % 4]
      let code = j % 8 < 4 ? pair & 15 : pair >> 4
      return Float(bitPattern: UInt32(scale) << 16) * (Float(code) - 7.5)
    }
  }
}
