internal import CKernels

/// What a window of attention is made of.
package struct AttentionShape: Sendable {
  /// Heads, and components of each.
  package let heads, width: Int
  /// Places that a row of shares has room for a head: the longest window's, rounded up to 16.
  let room: Int
  /// Of the scores: 1 / √width.
  let scale: Float

  package init(dimension: Int, heads: Int, length: Int) {
    precondition(heads > 0 && dimension.isMultiple(of: heads) && length > 0, "heads divide the dimension")
    (self.heads, width) = (heads, dimension / heads)
    room = (length + 15) / 16 * 16
    scale = 1 / Float(dimension / heads).squareRoot()
  }

  /// Columns of a matrix of shares.
  package var sharesColumns: Int { heads * room }
}

/// Norms, attention and gates: what the encoders of a history have beside affine layers.
extension KernelSet {
  /// Takes each row less its mean and over its deviation (`hat`, `scales`), then times a gain and plus an offset (`y`).
  ///
  /// - Parameters:
  ///   - norm: `[2, d]`: gains, then offsets.
  ///   - scales: `[1, rows]`: takes 1 / √(variance + 1e-5) of each row.
  package func norm(
    _ x: FloatMatrix, rows: Range<Int>, _ norm: FloatMatrix, hat: FloatMatrix, scales: FloatMatrix,
    into y: FloatMatrix
  ) {
    precondition(norm.rowCapacity == 2 && norm.columns == x.columns, "a norm is [2, d]")
    check(rows, [x, hat, y], scales)
    var shape = wk_norm_shape(rows: rows.count, columns: x.columns, stride: x.stride)
    let offset = rows.lowerBound * x.stride
    // SAFETY: the rows exist and all have one stride, checked above.
    unsafe wk_norm(
      isa, &shape, norm.base, norm.base + norm.stride, x.base + offset, hat.base + offset,
      scales.base + rows.lowerBound, y.base + offset)
  }

  /// The way back of `norm` for the first `rows` rows, added to `dx`, or in its place.
  package func normBack(
    _ dy: FloatMatrix, rows: Int, _ norm: FloatMatrix, hat: FloatMatrix, scales: FloatMatrix, adds: Bool,
    into dx: FloatMatrix
  ) {
    precondition(norm.rowCapacity == 2 && norm.columns == dy.columns, "a norm is [2, d]")
    check(0..<rows, [dy, hat, dx], scales)
    var shape = wk_norm_shape(rows: rows, columns: dy.columns, stride: dy.stride)
    // SAFETY: the rows exist and all have one stride, checked above.
    unsafe wk_norm_back(isa, &shape, norm.base, hat.base, scales.base, dy.base, adds ? 1 : 0, dx.base)
  }

  /// Causal self-attention within the window `rows`, for its rows from `first` on.
  ///
  /// - Parameters:
  ///   - qkv: Queries, keys and values side by side, `[rows, 3 d]`.
  ///   - weights: Of each row: one that is 0 is read by itself only.
  ///   - shares: Takes the softmax, `[rows, shape.sharesColumns]`.
  package func attend(
    _ shape: AttentionShape, _ qkv: FloatMatrix, window rows: Range<Int>, first: Int, weights: [Float],
    shares: FloatMatrix, into out: FloatMatrix
  ) {
    var window = check(shape, qkv, rows, shares, out)
    precondition(rows.contains(first) && rows.upperBound <= weights.count, "row \(first), weights")
    // SAFETY: rows, weights and widths exist, checked above.
    unsafe weights.withUnsafeBufferPointer { weights in
      guard let base = weights.baseAddress else { return }
      unsafe wk_attend(
        isa, &window, qkv.base + rows.lowerBound * qkv.stride, base + rows.lowerBound, first - rows.lowerBound,
        shares.base + rows.lowerBound * shares.stride, out.base + rows.lowerBound * out.stride)
    }
  }

  /// The way back of `attend` for a whole window: from the slopes of `out` to those of queries, keys and values.
  ///
  /// - Parameter scratch: `[1, shape.sharesColumns]`.
  package func attendBack(
    _ shape: AttentionShape, _ qkv: FloatMatrix, window rows: Range<Int>, shares: FloatMatrix, slopes: FloatMatrix,
    scratch: FloatMatrix, into qkvSlopes: FloatMatrix
  ) {
    var window = check(shape, qkv, rows, shares, slopes)
    precondition(qkvSlopes.columns == qkv.columns && rows.upperBound <= qkvSlopes.rowCapacity, "slopes as qkv")
    precondition(scratch.columns >= shape.room, "room for a row of shares")
    // SAFETY: rows and widths exist, checked above.
    unsafe wk_attend_back(
      isa, &window, qkv.base + rows.lowerBound * qkv.stride, shares.base + rows.lowerBound * shares.stride,
      slopes.base + rows.lowerBound * slopes.stride, scratch.base, qkvSlopes.base + rows.lowerBound * qkvSlopes.stride)
  }

  /// One step of a gated recurrent unit, from row `row` of what the event says and row `step` of what the state says.
  ///
  /// - Parameters:
  ///   - a: Sums of the event for reset, update and candidate, `[rows, 3 d]`.
  ///   - b: The same of the state, `[steps, 3 d]`.
  ///   - gates: Takes the three gates, `[rows, 3 d]`.
  ///   - states: Takes the new state, `[rows, d]`.
  package func gate(
    _ a: FloatMatrix, row: Int, _ b: FloatMatrix, state: FloatMatrix, step: Int, gates: FloatMatrix,
    into states: FloatMatrix
  ) {
    let columns = states.columns
    check(columns, row, [a, gates], states)
    check(columns, step, [b], state)
    // SAFETY: the rows exist and are wide enough, checked above.
    unsafe wk_gate(
      isa, a.base + row * a.stride, b.base + step * b.stride, state.base + step * state.stride, columns,
      gates.base + row * gates.stride, states.base + row * states.stride)
  }

  /// The way back of `gate` for one row: from the slopes of its new state to those of `a`, `b` and the state before it.
  package func gateBack(
    _ b: FloatMatrix, state: FloatMatrix, gates: FloatMatrix, slopes: FloatMatrix, row: Int, aSlopes: FloatMatrix,
    bSlopes: FloatMatrix, stateSlopes: FloatMatrix
  ) {
    let columns = slopes.columns
    check(columns, row, [b, gates, aSlopes, bSlopes], slopes)
    check(columns, row, [], state)
    check(columns, row, [], stateSlopes)
    // SAFETY: the row exists in all of them and is wide enough, checked above.
    unsafe wk_gate_back(
      isa, b.base + row * b.stride, state.base + row * state.stride, gates.base + row * gates.stride,
      slopes.base + row * slopes.stride, columns, aSlopes.base + row * aSlopes.stride,
      bSlopes.base + row * bSlopes.stride, stateSlopes.base + row * stateSlopes.stride)
  }

  /// Adds rows to as many rows of another matrix of the same width, from `row` on.
  package func add(_ x: FloatMatrix, rows: Range<Int>, to sums: FloatMatrix, at row: Int) {
    precondition(x.columns == sums.columns, "matrices of one width")
    precondition(rows.lowerBound >= 0 && rows.upperBound <= x.rowCapacity, "rows \(rows)")
    precondition(row >= 0 && row + rows.count <= sums.rowCapacity, "no room for \(rows.count) rows at \(row)")
    // SAFETY: whole rows, checked above.
    unsafe wk_add(
      isa, x.base + rows.lowerBound * x.stride, rows.count * x.stride, sums.base + row * sums.stride)
  }

  /// Writes for each of some rows the rows of `x` that its taps read side by side, `[rows, taps * d]`.
  ///
  /// - Parameter taps: Row by row the rows that it reads; −1 stands for zeros.
  package func spread(_ x: FloatMatrix, rows: Range<Int>, taps: [Int], into wide: FloatMatrix) {
    let count = check(taps, x, wide, rows)
    for row in rows {
      for tap in 0..<count {
        let (source, to) = (taps[row * count + tap], unsafe wide.base + row * wide.stride + tap * x.columns)
        precondition(source < x.rowCapacity, "row \(source)")
        // SAFETY: the source exists, and a row of `wide` has room for `count` rows of `x`, checked above.
        if source < 0 {
          unsafe to.update(repeating: 0, count: x.columns)
        } else {
          unsafe to.update(from: x.base + source * x.stride, count: x.columns)
        }
      }
    }
  }

  /// The way back of `spread` for the first `rows` rows: adds what stands side by side to the rows that it was read of,
  /// in order, from zeros.
  package func collect(_ wide: FloatMatrix, rows: Int, taps: [Int], into sums: FloatMatrix) {
    let count = check(taps, sums, wide, 0..<rows)
    sums.clearRows(0..<rows)
    for row in 0..<rows {
      for tap in 0..<count where taps[row * count + tap] >= 0 {
        let source = taps[row * count + tap]
        precondition(source < sums.rowCapacity, "row \(source)")
        // SAFETY: as in `spread`.
        let from = unsafe wide.base + row * wide.stride + tap * sums.columns
        let to = unsafe sums.base + source * sums.stride
        for column in 0..<sums.columns { unsafe to[column] += from[column] }
      }
    }
  }

  private func check(_ taps: [Int], _ x: FloatMatrix, _ wide: FloatMatrix, _ rows: Range<Int>) -> Int {
    precondition(x.columns > 0 && wide.columns.isMultiple(of: x.columns), "[rows, d] and [rows, taps * d]")
    let count = wide.columns / x.columns
    precondition(rows.lowerBound >= 0 && rows.upperBound <= wide.rowCapacity, "rows \(rows)")
    precondition(rows.upperBound * count <= taps.count, "taps of \(rows) rows")
    return count
  }

  private func check(_ rows: Range<Int>, _ matrices: [FloatMatrix], _ scales: FloatMatrix) {
    for matrix in matrices {
      precondition(matrix.columns == matrices[0].columns && rows.upperBound <= matrix.rowCapacity, "rows \(rows)")
    }
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= scales.columns && scales.rowCapacity >= 1, "room for scales")
  }

  private func check(
    _ shape: AttentionShape, _ qkv: FloatMatrix, _ rows: Range<Int>, _ shares: FloatMatrix, _ out: FloatMatrix
  ) -> wk_attention {
    let dimension = shape.heads * shape.width
    precondition(qkv.columns == 3 * dimension && out.columns == dimension, "[rows, 3 d] → [rows, d]")
    precondition(shares.columns == shape.sharesColumns && rows.count <= shape.room, "a window of \(rows.count)")
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= min(qkv.rowCapacity, shares.rowCapacity, out.rowCapacity),
      "rows \(rows)")
    return wk_attention(
      count: rows.count, heads: shape.heads, width: shape.width, row: qkv.stride, out_row: out.stride,
      shares_row: shares.stride, shares_head: shape.room, scale: shape.scale)
  }

  private func check(_ columns: Int, _ row: Int, _ wide: [FloatMatrix], _ narrow: FloatMatrix) {
    for matrix in wide { precondition(matrix.columns == 3 * columns && row < matrix.rowCapacity, "[rows, 3 d]") }
    precondition(narrow.columns == columns && row >= 0 && row < narrow.rowCapacity, "[rows, d]")
  }
}
