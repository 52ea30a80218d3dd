/// The layers of `proto-spec/09-arithmetic.md`, sections 9.7 and 9.8, one operation at a time.
extension Exact {
  /// The bf16 nearest to a value, ties to even: the upper half of its float32; 0 below 2^-40.
  package static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    let nearest = UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    return Float(bitPattern: UInt32(nearest) << 16).magnitude < 0x1p-40 ? 0 : nearest
  }

  /// The float32 of that bf16.
  package static func roundedToBFloat16(_ value: Float) -> Float {
    Float(bitPattern: UInt32(bfloat16(value)) << 16)
  }

  /// One row of a bf16 layer, `[outputs]`.
  package static func bfloat16Affine(_ inputs: [Float], weights: [Float], start: [Float]) -> [Float] {
    let x = inputs.map(roundedToBFloat16)
    return start.indices.map { o in
      var sum = start[o].magnitude < 0x1p-64 ? 0 : start[o]
      let w = (0..<x.count).map { roundedToBFloat16(weights[o * x.count + $0]) }
      for k in stride(from: 0, to: x.count, by: 2) {
        if k + 1 < x.count { sum.addProduct(x[k + 1], w[k + 1]) }
        sum.addProduct(x[k], w[k])
      }
      return sum
    }
  }

  /// One row of an int8 layer, `[outputs]`; `start` is what `affine` gives at `low`.
  package static func int8Affine(
    _ inputs: [Float], weights: [Float], start: [Float], low: [Float], step: [Float]
  ) -> [Float] {
    let x = inputs.indices.map { k in
      let y = (inputs[k] - low[k]) * (1 / step[k])
      return y < 255 ? (y > 0 ? Int(y.rounded(.toNearestOrEven)) : 0) : 255
    }
    return start.indices.map { o in
      let row = inputs.indices.map { weights[o * inputs.count + $0] * step[$0] }
      let scale = row.reduce(0) { max($0, $1.magnitude) } / 127
      let sum = row.indices.reduce(0) { sum, k in
        scale > 0 ? sum + Int(max(-127, min(127, (row[k] / scale).rounded(.toNearestOrEven)))) * x[k] : 0
      }
      return start[o].addingProduct(Float(sum), scale)
    }
  }
}
