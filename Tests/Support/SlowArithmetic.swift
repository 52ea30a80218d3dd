package import Kernels

/// The float32 rules of `proto-spec/09-arithmetic.md`, sections 9.4 to 9.6, one operation after another.
package enum SlowArithmetic {
  /// An affine layer: each output starts at its bias and takes the inputs in order, fused.
  ///
  /// - Parameter weights: `[out, in]`, row-major.
  package static func affine(_ x: [Float], weights: [Float], biases: [Float]) -> [Float] {
    biases.indices.map { output in
      var y = biases[output]
      for k in x.indices { y = y.addingProduct(x[k], weights[output * x.count + k]) }
      return y
    }
  }

  /// The mean of vectors, added in the order given.
  package static func mean(_ vectors: [[Float]]) -> [Float] {
    (vectors.first ?? []).indices.map { component in
      var sum: Float = 0
      for vector in vectors { sum = sum + vector[component] }
      return sum / Float(vectors.count)
    }
  }

  /// What a layer applies to an output.
  package static func activate(_ activation: Activation, _ x: Float) -> Float {
    switch activation {
    case .none: x
    case .relu: x <= 0 ? 0 : x
    case .sigmoid: sigmoid(x)
    case .tanh: tanh(x)
    case .gelu: (x * 0.5) * (1 + erf(x * 0x1.6a09e6p-1))
    }
  }

  static func horner(_ x: Float, _ coefficients: [Float]) -> Float {
    var p = coefficients[0]
    for coefficient in coefficients.dropFirst() { p = coefficient.addingProduct(p, x) }
    return p
  }

  static func exp(_ x: Float) -> Float {
    guard !x.isNaN else { return x }
    let t: Float = x < -104 ? -104 : x > 89 ? 89 : x
    let m = Float(0x1.8p+23).addingProduct(t, 0x1.715476p+0)
    let n = m - 0x1.8p+23
    var r = t.addingProduct(n, -0x1.62e400p-1)
    r = r.addingProduct(n, -0x1.7f7d1cp-20)
    var p = horner(r, [0x1.6a21acp-10, 0x1.123b6ap-7, 0x1.5558fap-5, 0x1.555490p-3, 0x1.fffffcp-2])
    let s = r * r
    p = r.addingProduct(s, p)
    p = p + 1
    let h = (n / 2).rounded(.down)
    p = p * Float(sign: .plus, exponent: Int(h), significand: 1)
    return p * Float(sign: .plus, exponent: Int(n - h), significand: 1)
  }

  static func sigmoid(_ x: Float) -> Float {
    let e = exp(-x.magnitude)
    return (x < 0 ? e : 1) / (1 + e)
  }

  static func tanh(_ x: Float) -> Float {
    if x.magnitude < 0.625 {
      let z = x * x
      let p = horner(
        z, [-0x1.76ac1cp-8, 0x1.5256d8p-6, -0x1.b84448p-5, 0x1.110768p-3, -0x1.555534p-2])
      return x.addingProduct(x * z, p)
    }
    let e = exp(-2 * x.magnitude)
    let magnitude = (1 - e) / (1 + e)
    return x < 0 ? -magnitude : magnitude
  }

  static func erf(_ x: Float) -> Float {
    let a: Float = x.magnitude > 4 ? 4 : x.magnitude
    if a < 1 {
      let z = x * x
      let p = horner(
        z,
        [
          0x1.4ae4d0p-14, -0x1.a485ecp-11, 0x1.5419f6p-8, -0x1.b7fbb4p-6, 0x1.ce2d20p-4, -0x1.81273ep-2, 0x1.06eba8p-3,
        ])
      return x.addingProduct(x, p)
    }
    let q = horner(
      a,
      [
        -0x1.6bd7d8p-16, 0x1.cec5f8p-12, -0x1.138cbap-8, 0x1.9d0302p-6, -0x1.bc1516p-4, -0x1.443566p-1,
        -0x1.212c0cp+0, 0x1.8a5726p-13,
      ])
    let magnitude = 1 - exp(q)
    return x < 0 ? -magnitude : magnitude
  }

  /// log2(1 + 2^t).
  static func log2OfOneMore(_ t: Double) -> Double {
    if t >= 60 { return t }
    let t = t < -1000 ? -1000 : t
    let n = t.rounded(.down)
    let f = (t - n) * 0.6931471805599453
    var p = 1.0
    for k in (1...20).reversed() { p = 1 + p * f / Double(k) }
    return signedLog(Double(sign: .plus, exponent: Int(n), significand: 1) * p) / 0.6931471805599453
  }

  /// L(x) of the model page with the sign of x, in float64.
  static func signedLog(_ x: Double) -> Double {
    guard x.isFinite else { return x }
    let y = 1 + x.magnitude
    var e = 0.0
    var m = y
    while m >= 2 {
      m = m / 2
      e = e + 1
    }
    if m > 1.4142135623730951 {
      m = m * 0.5
      e = e + 1
    }
    let t = (m - 1) / (m + 1)
    let s = t * t
    var p = 0.0
    for k in [21.0, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1] { p = p * s + 1 / k }
    let l = e * 0.6931471805599453 + (2 * t) * p
    return x < 0 ? -l : l
  }
}
