/// The arithmetic of `proto-spec/09-arithmetic.md`, one IEEE 754 operation at a time: slow, and the measure of all.
package enum Exact {
  /// The inner product in 16 lanes; −0 becomes +0.
  package static func dot(_ a: [Float], _ b: [Float]) -> Float {
    precondition(a.count == b.count, "vectors of \(a.count) and \(b.count)")
    var lanes = [Float](repeating: 0, count: 16)
    for i in a.indices { lanes[i % 16].addProduct(a[i], b[i]) }
    for width in [8, 4, 2, 1] {
      for l in 0..<width { lanes[l] += lanes[l + width] }
    }
    return lanes[0] + 0
  }

  /// One row of an affine layer, `[outputs]`, from `start` `[outputs]` and weights `[outputs, inputs]`.
  package static func affine(_ inputs: [Float], weights: [Float], start: [Float]) -> [Float] {
    precondition(weights.count == inputs.count * start.count, "weights are [outputs, inputs]")
    return start.indices.map { o in
      var sum = start[o]
      for k in inputs.indices { sum.addProduct(inputs[k], weights[o * inputs.count + k]) }
      return sum
    }
  }

  /// The float64 sum of squares, ascending.
  package static func normSquared(_ values: [Float]) -> Double {
    values.reduce(0) { $0 + Double($1) * Double($1) }
  }

  /// The rows that `KernelSet.select` finds.
  package static func select(
    scores: [Float], firstRow: Int = 0, atLeast threshold: Float, mask: [UInt64]?
  ) -> [UInt32] {
    scores.indices.filter { i in
      let row = firstRow + i
      return scores[i] >= threshold && (mask.map { $0[row / 64] >> (row % 64) & 1 == 1 } ?? true)
    }.map { UInt32(firstRow + $0) }
  }
}
