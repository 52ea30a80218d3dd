internal import CKernels

extension KernelSet {
  /// How far rows reach along a direction, and across it.
  func extent(
    of matrix: FloatMatrix, rows: Range<Int>, along directions: Directions, _ number: Int
  ) -> (most: Float, least: Float, across: Float) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= matrix.rowCapacity, "rows \(rows)")
    precondition(matrix.columns == directions.matrix.columns && (0..<directions.count).contains(number))
    var extent: (most: Float, least: Float, across: Float) = (-.infinity, .infinity, 0)
    for row in rows {
      var (along, across): (Float, Float) = (0, 0)
      // SAFETY: the row and the direction lie inside their matrices, which are equally wide, checked above.
      unsafe wk_split(
        matrix.base + row * matrix.stride, directions.matrix.base + number * directions.matrix.stride, matrix.columns,
        &along, &across)
      extent = (max(extent.most, along), min(extent.least, along), max(extent.across, across))
    }
    return extent
  }

  /// What the rows of each word of 64 of a block may reach at most, in the query's units, and what the best of them is
  /// likely to reach: inner products of vectors that do not know of each other have a deviation of 1/√d.
  ///
  /// - Parameters:
  ///   - directed: the query's parts by the directions of the block; `nil` if its rows do not lie by direction.
  ///   - words: those that are asked for.
  ///   - bounds, hopes: take what is found at the places of the words.
  package func bound(
    _ codes: CodeBlock, _ query: CodeQuery, _ directed: DirectedQuery?, words: Range<Int>, into bounds: inout [Float],
    _ hopes: inout [Float]
  ) {
    precondition(words.lowerBound >= 0 && words.upperBound <= codes.rowCount / 64, "words \(words) of the block")
    precondition(words.upperBound <= min(bounds.count, hopes.count), "no room for words \(words)")
    let (error, slack) = query.wordCoefficients
    precondition(codes.directions === directed?.directions, "parts by the directions of the block")
    let first = words.lowerBound
    // SAFETY: the words are some of those that the block knows of, and there is room for their bounds; the numbers of
    // their directions lie among those of the query. All is checked above.
    unsafe bounds.withUnsafeMutableBufferPointer { bounds in
      unsafe hopes.withUnsafeMutableBufferPointer { hopes in
        guard let bounds = bounds.baseAddress, let hopes = hopes.baseAddress else { return }
        var extents = unsafe codes.words(from: first)
        unsafe wk_bound_words(
          &extents, words.count, error, slack, Self.spread(codes.width), directed?.along.storage.base,
          directed?.across.storage.base, bounds + first, hopes + first)
      }
    }
  }

  /// What the best of 64 inner products of vectors of length 1 is likely to be: about 2.4 deviations above their mean.
  static func spread(_ width: Int) -> Float { 2.4 / Float(width).squareRoot() }

  /// The words of 64 rows, a bit each, whose numbers are no less than another.
  ///
  /// - Parameter numbers: As `bound` has given them for the words, at most 64.
  package func words(_ numbers: [Float], _ words: Range<Int>, atLeast least: Float) -> UInt64 {
    precondition(words.lowerBound >= 0 && words.upperBound <= numbers.count && words.count <= 64, "words \(words)")
    // SAFETY: the words lie inside the numbers, checked above.
    return unsafe numbers.withUnsafeBufferPointer { numbers in
      guard let base = numbers.baseAddress else { return 0 }
      return unsafe wk_words_at_least(base + words.lowerBound, words.count, least)
    }
  }
}
