/// A query as the codes see it: rotated, in units of a power of two near its norm, in float32 and in 8 bits.
///
/// `Bounds.md` derives every coefficient; each is rounded to the side that keeps a row rather than loses it.
@safe package final class CodeQuery: Sendable {
  let width: Int
  /// The rotated query, `[width]`.
  let values: PaddedVector
  // SAFETY: allocated and written in `init`, only read from then on, freed in `deinit`.
  nonisolated(unsafe) let bytes: UnsafeMutablePointer<Int8>
  private let byteSum: Double
  /// The value of one step of a byte.
  private let step: Double
  /// At least the norm of the rotated query, and of what its bytes leave out.
  private let norm, remainder: Double
  /// 1 over the unit.
  private let perUnit: Double
  /// The part of ‖q‖‖x‖ that all roundings together stay below.
  private let slack: Double
  /// The absolute error, in units, where products underflow.
  private let underflow: Double
  /// What the inner product with 8-bit codes is shifted by, and what a row's error counts.
  let refineOffset, refineError: Float

  /// - Returns: `nil` if the query is so small (norm below 2⁻¹⁰⁰) that codes could not tell its scores apart.
  package init?(_ vector: [Float], rotation: Rotation, kernels: KernelSet) {
    let length = kernels.normSquared(vector).squareRoot()
    guard length >= 0x1p-100, length <= 0x1p+60 else { return nil }
    width = rotation.width
    perUnit = 1 / length.binade
    let unit = Float(perUnit)
    let rotated = rotation.rotated(vector.map { $0 * unit }, kernels: kernels)
    values = PaddedVector(rotated)
    let largest = rotated.reduce(0) { max($0, $1.magnitude) }
    let step = largest / 127
    self.step = Double(step)
    unsafe bytes = .allocate(capacity: width)
    var (sum, left, squares) = (0.0, 0.0, 0.0)
    for (j, value) in rotated.enumerated() {
      let byte = min(max((value / step).rounded(), -127), 127)
      unsafe bytes[j] = Int8(byte)
      sum += Double(byte)
      let rest = Double(value) - Double(step) * Double(byte)
      left += rest * rest
      squares += Double(value) * Double(value)
    }
    byteSum = sum
    norm = squares.squareRoot() * (1 + 0x1p-40)
    remainder = left.squareRoot() * (1 + 0x1p-40)
    slack = (Double(width) / 16 + 128) * 0x1p-23
    underflow = Double(width + 16) * 0x1p-149 * perUnit + 0x1p-126
    refineOffset = Self.up(slack * norm * 127 * Double(width).squareRoot())
    refineError = Self.up(norm * (1 + slack))
  }

  deinit { unsafe bytes.deallocate() }

  /// What the 4-bit sums of a block are shifted by, and what a row's error counts.
  func scanCoefficients(_ codes: CodeBlock) -> (offset: Float, error: Float) {
    let spare = (remainder + slack * norm) * Double(codes.spread) / step
    return (Self.up(spare - 7.5 * byteSum), Self.up(norm * (1 + slack) / step))
  }

  /// The least 4-bit upper bound of a row whose score may reach `score`.
  func scanThreshold(_ score: Float) -> Float { Self.down((Double(score) * perUnit - underflow) / step) }

  /// How many words of 64 places of a block, at most `most`, have a row that is long enough to reach `score`.
  func wordCount(_ codes: CodeBlock, atLeast score: Float, most: Int = .max) -> Int {
    codes.wordCount(refineError, atLeast: refineThreshold(score), most: most)
  }

  /// A score that a row reaches whose lower bound by its 8-bit codes is this one.
  package func score(atLeast lower: Float) -> Float { Self.down((Double(lower) - underflow) / perUnit) }

  func refineThreshold(_ score: Float) -> Float { Self.down(Double(score) * perUnit - underflow) }

  /// A float32 no less, and one no greater, than a number and its last roundings in float64.
  private static func up(_ value: Double) -> Float { Float(value + value.magnitude * 0x1p-40).nextUp }

  private static func down(_ value: Double) -> Float { Float(value - value.magnitude * 0x1p-40).nextDown }
}
