extension Exact {
  /// One activation of one value.
  package static func activate(_ activation: Activation, _ x: Float) -> Float {
    switch activation {
    case .none: x
    case .relu: relu(x)
    case .sigmoid: sigmoid(x)
    case .tanh: tanh(x)
    case .gelu: gelu(x)
    }
  }

  /// x above zero, else +0; a NaN stays one.
  package static func relu(_ x: Float) -> Float { x <= 0 ? 0 : x }

  /// e^x.
  package static func exp(_ x: Float) -> Float {
    guard !x.isNaN else { return x }
    let t = min(max(x, -104), 89)
    let m = (0x1.8p+23 as Float).addingProduct(t, 0x1.715476p+0)
    let n = m - 0x1.8p+23
    var r = t.addingProduct(n, -0x1.62e400p-1)
    r.addProduct(n, -0x1.7f7d1cp-20)
    let p = polynomial(r, [0x1.6a21acp-10, 0x1.123b6ap-7, 0x1.5558fap-5, 0x1.555490p-3, 0x1.fffffcp-2])
    let e = r.addingProduct(r * r, p) + 1
    let whole = Int32(bitPattern: m.bitPattern) - 0x4B40_0000
    let half = whole >> 1
    return e * powerOfTwo(half) * powerOfTwo(whole - half)
  }

  /// 1 / (1 + e^−x).
  package static func sigmoid(_ x: Float) -> Float {
    guard !x.isNaN else { return x }
    let e = exp(-x.magnitude)
    return (x < 0 ? e : 1) / (1 + e)
  }

  /// The hyperbolic tangent.
  package static func tanh(_ x: Float) -> Float {
    guard !x.isNaN else { return x }
    guard x.magnitude < 0.625 else {
      let e = exp(-2 * x.magnitude)
      return Float(signOf: x, magnitudeOf: (1 - e) / (1 + e))
    }
    let z = x * x
    let p = polynomial(z, [-0x1.76ac1cp-8, 0x1.5256d8p-6, -0x1.b84448p-5, 0x1.110768p-3, -0x1.555534p-2])
    return x.addingProduct(x * z, p)
  }

  /// The error function.
  package static func erf(_ x: Float) -> Float {
    guard !x.isNaN else { return x }
    let a = min(x.magnitude, 4)
    guard a < 1 else {
      let q = polynomial(
        a,
        [
          -0x1.6bd7d8p-16, 0x1.cec5f8p-12, -0x1.138cbap-8, 0x1.9d0302p-6, -0x1.bc1516p-4, -0x1.443566p-1,
          -0x1.212c0cp+0, 0x1.8a5726p-13,
        ])
      return Float(signOf: x, magnitudeOf: 1 - exp(q))
    }
    let p = polynomial(
      x * x,
      [
        0x1.4ae4d0p-14, -0x1.a485ecp-11, 0x1.5419f6p-8, -0x1.b7fbb4p-6, 0x1.ce2d20p-4, -0x1.81273ep-2, 0x1.06eba8p-3,
      ])
    return x.addingProduct(x, p)
  }

  /// x Φ(x), by the error function.
  package static func gelu(_ x: Float) -> Float { (x * 0.5) * (1 + erf(x * 0x1.6a09e6p-1)) }

  /// Horner's rule by FMA, highest coefficient first.
  private static func polynomial(_ x: Float, _ coefficients: [Float]) -> Float {
    coefficients.dropFirst().reduce(coefficients[0]) { $1.addingProduct($0, x) }
  }

  /// 2^n for n in −126…127, made from bits.
  private static func powerOfTwo(_ n: Int32) -> Float { Float(bitPattern: UInt32(bitPattern: n + 127) << 23) }
}
