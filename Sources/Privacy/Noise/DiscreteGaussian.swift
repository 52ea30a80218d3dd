/// Gaussian noise on whole numbers, drawn without a float: the exact rejection sampler of Canonne, Kamath and Steinke
/// (2020). A float drawn as Gaussian leaves holes by which the sum without noise shows (Mironov 2012).
struct DiscreteGaussian {
  /// t: of the Laplace distribution that proposals come from.
  private let scale: UInt64
  /// A proposal y is kept with probability e^(−(|y|·a − b)² / c).
  private let a, b, c: UInt128

  /// Noise of the deviation `sigma / parts`.
  ///
  /// - Precondition: Both are at least 1, their quotient is below 2⁴⁰, `parts` at most 2¹⁶.
  init(sigma: UInt64, parts: UInt64 = 1) {
    precondition(sigma >= 1 && parts >= 1 && parts <= 1 << 16 && sigma / parts < 1 << 40, "a deviation of noise")
    scale = max(1, (sigma + parts - 1) / parts)
    let (s, m, t) = (UInt128(sigma), UInt128(parts), UInt128(scale))
    var (left, right) = (m * m * t, s * s)
    while right != 0 { (left, right) = (right, left % right) }
    (a, b) = (m * m * t / left, s * s / left)
    c = 2 * b * a * t
  }

  /// The noise of a deviation in units of 2²⁴ parts, rounded up to a whole part.
  init(deviation: Double) {
    let parts = (deviation * Fixed.one).rounded(.up)
    self.init(sigma: UInt64(exactly: parts) ?? 1 << 39)
  }

  /// Draws one number.
  func draw(_ stream: inout NoiseStream) -> Int64 {
    while true {
      let size = laplace(&stream)
      let isNegative = stream.bit()
      // Else 0 would come twice as often.
      if isNegative, size == 0 { continue }
      let product = UInt128(size) * a
      let distance = product > b ? product - b : b - product
      if Self.happensExp(distance * distance, over: c, &stream) { return isNegative ? -Int64(size) : Int64(size) }
    }
  }

  /// The size of a Laplace number of the scale.
  private func laplace(_ stream: inout NoiseStream) -> UInt64 {
    while true {
      let start = stream.below(scale)
      guard Self.happensExpBelow1(UInt128(start), over: UInt128(scale), &stream) else { continue }
      var rounds: UInt64 = 0
      while Self.happensExpBelow1(1, over: 1, &stream) { rounds += 1 }
      return start + scale * rounds
    }
  }

  /// Whether an event of the probability e^(−numerator / denominator) happens.
  private static func happensExp(
    _ numerator: UInt128, over denominator: UInt128, _ stream: inout NoiseStream
  ) -> Bool {
    var whole = numerator / denominator
    while whole > 0 {
      if !happensExpBelow1(1, over: 1, &stream) { return false }
      whole -= 1
    }
    return happensExpBelow1(numerator % denominator, over: denominator, &stream)
  }

  /// The same for an exponent of at most 1: the series of e^−x, a coin for each term.
  private static func happensExpBelow1(
    _ numerator: UInt128, over denominator: UInt128, _ stream: inout NoiseStream
  ) -> Bool {
    var term: UInt128 = 1
    while stream.happens(numerator, of: denominator * term) { term += 1 }
    return term % 2 == 1
  }
}
