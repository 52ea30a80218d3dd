internal import CKernels

/// The codes of consecutive rows: 4 bits a dimension for the scan, 8 bits for a second look; immutable once made.
///
/// Rows that lie by direction have codes in their order; of others the longest come first, so that a scan looks at few
/// words of 64: a row's place among the codes is not its number. Sixteen rows form a record of `width / 8` lines of 64
/// bytes (dimensions 8 h … 8 h + 7 of the 16 rows) and one line with their scales and errors as bfloat16. `Bounds.md`
/// tells what they promise.
@safe package final class CodeBlock: Sendable {
  /// A multiple of 64, at most 4,096.
  package let rowCount: Int
  /// The rotation's.
  package let width: Int
  /// At least the norm of any row's 4-bit codes less 7.5.
  let spread: Float
  /// Bytes of what is known of the words of 64 places.
  private let wordBytes: Int

  /// The directions by which the rows lie, if they do.
  package let directions: Directions?

  // SAFETY: all are allocated and written in `init`, only read from then on, and freed in `deinit`.
  /// At least the norm of any row among 64 places, `[rowCount / 64]`; as many numbers of each kind that tell of their
  /// direction, if they have one; then the records.
  nonisolated(unsafe) private let norms: UnsafeMutablePointer<Float>
  nonisolated(unsafe) let records: UnsafeMutableRawPointer
  nonisolated(unsafe) let bytes: UnsafeMutableRawPointer
  /// The row at each place of the records, and the place of each row.
  let order, places: [UInt16]

  /// Encodes the first `rowCount` rows of a matrix, a multiple of 64 and at most 4,096.
  ///
  /// - Parameter directed: Where each word of rows points, if they lie by direction.
  /// - Precondition: the rows are valid vectors (see `KernelSet.isValidVector`) of the rotation's dimension.
  package init(
    _ matrix: FloatMatrix, rowCount: Int, by rotation: Rotation, directed: DirectedWords? = nil, kernels: KernelSet
  ) {
    precondition(rowCount > 0 && rowCount % 64 == 0 && rowCount <= matrix.rowCapacity, "whole words only")
    precondition(rowCount <= 1 << 12, "a bit a word")
    precondition(directed.map { $0.count == rowCount / 64 } ?? true, "a direction for each word")
    precondition(matrix.columns == rotation.dimension, "rows of \(matrix.columns) for \(rotation.dimension)")
    let width = rotation.width
    let recordBytes = 8 * width + 64
    // So that the records begin at a line of memory.
    wordBytes = ((directed == nil ? 1 : 5) * rowCount / 16 + 63) / 64 * 64
    let scratch = FloatMatrix(rows: width, columns: 16)
    (self.rowCount, self.width, directions) = (rowCount, width, directed?.directions)
    let norms = unsafe UnsafeMutableRawPointer.allocate(
      byteCount: wordBytes + rowCount / 16 * recordBytes, alignment: 64
    )
    .bindMemory(to: Float.self, capacity: wordBytes / 4)
    let records = unsafe UnsafeMutableRawPointer(norms) + wordBytes
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: rowCount * (width + 4), alignment: 64)
    let order =
      directed == nil ? kernels.longestFirst(matrix, rowCount: rowCount) : (0..<rowCount).map { UInt16($0) }
    var spread: Float = 0
    unsafe order.withUnsafeBufferPointer { order in
      var norm: Float = 0
      for record in 0..<rowCount / 16 {
        if record % 4 == 0 { norm = 0 }
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
    if let directed {
      for word in 0..<rowCount / 64 {
        let numbers = [
          directed.most[word], directed.least[word], directed.across[word], Float(bitPattern: directed.numbers[word]),
        ]
        // SAFETY: there is room for five numbers a word.
        for (kind, number) in numbers.enumerated() { unsafe norms[(kind + 1) * (rowCount / 64) + word] = number }
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

  /// What is known of each word of 64 places from one on; good while the block is there.
  func words(from first: Int) -> wk_word_extents {
    let count = rowCount / 64
    precondition((0..<count).contains(first), "word \(first) of \(count)")
    // SAFETY: `init` has written one number a word, and five if they have directions.
    let norms = unsafe self.norms + first
    guard directions != nil else {
      return unsafe wk_word_extents(norms: norms, most: nil, least: nil, across: nil, directions: nil)
    }
    return unsafe wk_word_extents(
      norms: norms, most: norms + count, least: norms + 2 * count, across: norms + 3 * count,
      directions: UnsafeRawPointer(norms + 4 * count).assumingMemoryBound(to: UInt32.self))
  }

  /// Where all of that lies in memory.
  var wordPlace: (address: UInt, byteCount: Int) { unsafe (UInt(bitPattern: norms), wordBytes) }

  /// How far the rows of one word reach: without a direction, nothing along it and all across.
  struct Extent {
    let norm, most, least, across: Float
    let direction: Int
  }

  func extent(of word: Int) -> Extent {
    let count = rowCount / 64
    precondition((0..<count).contains(word), "word \(word) of \(count)")
    // SAFETY: the word is one of those that `init` has written numbers of.
    return unsafe directions == nil
      ? Extent(norm: norms[word], most: 0, least: 0, across: norms[word], direction: 0)
      : Extent(
        norm: norms[word], most: norms[count + word], least: norms[2 * count + word], across: norms[3 * count + word],
        direction: Int(norms[4 * count + word].bitPattern))
  }

  /// Bytes of the codes with their scales, norms and places.
  package var byteCount: Int { wordBytes + rowCount / 16 * (8 * width + 64) + rowCount * (width + 4 + 4) }

  /// Where a row lies among the codes.
  package func place(of row: Int) -> Int { Int(places[row]) }

  /// Prefetches the first rows that a scan of some words of 64 reads.
  package func prefetch(words: UInt64 = .max) {
    let first = words.trailingZeroBitCount
    guard first < rowCount / 64 else { return }
    let bytes = 4 * (8 * width + 64)
    let count = min(min(64 - first, (~(words >> UInt64(first))).trailingZeroBitCount) * bytes, 8192)
    // SAFETY: a prefetch reads nothing, and begins inside the records.
    unsafe wk_prefetch((records + first * bytes).assumingMemoryBound(to: Float.self), count / 4)
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
