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
  /// The query as it came, in units, and no less than its norm.
  private let plain: PaddedVector
  private let plainNorm: Double

  /// - Returns: `nil` if the query is so small (norm below 2⁻¹⁰⁰) that codes could not tell its scores apart.
  package init?(_ vector: [Float], rotation: Rotation, kernels: KernelSet) {
    let length = kernels.normSquared(vector).squareRoot()
    guard length >= 0x1p-100, length <= 0x1p+60 else { return nil }
    width = rotation.width
    perUnit = 1 / length.binade
    let unit = Float(perUnit)
    let scaled = vector.map { $0 * unit }
    (plain, plainNorm) = (PaddedVector(scaled), length * perUnit * (1 + 0x1p-40))
    let rotated = rotation.rotated(scaled, kernels: kernels)
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
  }

  deinit { unsafe bytes.deallocate() }

  /// What the inner product with 8-bit codes is shifted by.
  var refineOffset: Float { Self.up(slack * norm * 127 * Double(width).squareRoot()) }

  /// What a row's error counts beside its 8-bit codes, and what its norm counts where nothing else is known.
  var refineError: Float { Self.up(norm * (1 + slack)) }

  /// What the norms of a word of rows count: alone, and beside what is known of their directions.
  var wordCoefficients: (error: Float, slack: Float) {
    (Self.up(norm * (1 + slack) * (1 + 0x1p-22)), Self.up(plainNorm * slack))
  }

  /// The query's parts along and across each direction.
  ///
  /// - Complexity: O(directions · d).
  package func directed(by directions: Directions, kernels: KernelSet) -> DirectedQuery {
    var along = [Float](repeating: 0, count: directions.count)
    kernels.dots(plain, directions.matrix, rows: 0..<directions.count, into: &along)
    let square = plainNorm * plainNorm
    // What the roundings of the products above and of the directions' lengths may add to the square.
    let spare = square * (slack + 0x1p-18)
    return DirectedQuery(
      directions: directions, along: PaddedVector(along),
      across: PaddedVector(along.map { Self.up(max(square - Double($0) * Double($0) + spare, 0).squareRoot()) }))
  }

  /// What the 4-bit sums of a block are shifted by, and what a row's error counts.
  func scanCoefficients(_ codes: CodeBlock) -> (offset: Float, error: Float) {
    let spare = (remainder + slack * norm) * Double(codes.spread) / step
    return (Self.up(spare - 7.5 * byteSum), Self.up(norm * (1 + slack) / step))
  }

  /// The least 4-bit upper bound of a row whose score may reach `score`.
  func scanThreshold(_ score: Float) -> Float { Self.down((Double(score) * perUnit - underflow) / step) }

  /// A score that a row reaches whose lower bound by its 8-bit codes is this one.
  package func score(atLeast lower: Float) -> Float { Self.down((Double(lower) - underflow) / perUnit) }

  /// The least bound of a word that may have a row whose score reaches `score`.
  package func bound(atLeast score: Float) -> Float { refineThreshold(score) }

  func refineThreshold(_ score: Float) -> Float { Self.down(Double(score) * perUnit - underflow) }

  /// A float32 no less, and one no greater, than a number and its last roundings in float64.
  private static func up(_ value: Double) -> Float { Float(value + value.magnitude * 0x1p-40).nextUp }

  private static func down(_ value: Double) -> Float { Float(value - value.magnitude * 0x1p-40).nextDown }
}
