import Foundation
import Kernels
import Support
import Testing

@Suite struct ActivationTests {
  /// A walk through all exponents and both signs, the places where the formulas change, and what is not finite.
  private static let grid: [Float] = {
    var values: [Float] = [.nan, .infinity, -.infinity, 0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
    for edge: Float in [0.625, 1, 4, 87.33654, 88.72284, 89, 103.97208, 104, 0.3465736] {
      for x in [edge.nextDown, edge, edge.nextUp] { values += [x, -x] }
    }
    var pattern: UInt32 = 1
    while pattern < 0x7F80_0000 {
      values += [Float(bitPattern: pattern), -Float(bitPattern: pattern)]
      pattern += 1_234_567
    }
    return values + stride(from: -12, through: 12, by: 0.0173).map { Float($0) }
  }()

  @Test(arguments: InstructionSet.available, Activation.allCases)
  func everyValueHasTheBitsOfTheScalarTwin(isa: InstructionSet, activation: Activation) {
    var values = Self.grid
    KernelSet(isa).activate(activation, &values)
    #expect(bits(values) == bits(Self.grid.map { Exact.activate(activation, $0) }))
  }

  @Test(arguments: InstructionSet.available)
  func rowsAreActivatedAndPaddingStaysZero(isa: InstructionSet) {
    let kernels = KernelSet(isa)
    var random = SeededRandom(seed: 30)
    for columns in [1, 15, 16, 17, 48] {
      let rows = (0..<4).map { _ in random.floats(columns, in: -3...3) }
      let matrix = FloatMatrix(rows: rows, columns: columns)
      kernels.activate(.sigmoid, matrix, rows: 1..<3)
      #expect(matrix.row(0) == rows[0] && matrix.row(3) == rows[3])
      #expect(matrix.row(1) == rows[1].map(Exact.sigmoid) && matrix.row(2) == rows[2].map(Exact.sigmoid))
      // What stands in the padding would count here.
      let ones = PaddedVector([Float](repeating: 1, count: columns))
      #expect(kernels.dot(ones, matrix, row: 1) == Exact.dot(ones.values, matrix.row(1)))
    }
  }

  @Test func errorsStayWithinThePagesBounds() {
    func ulp(_ y: Double) -> Double { Double(max(Float(y.magnitude), .leastNormalMagnitude).ulp) }
    for x in Self.grid where x.isFinite {
      let d = Double(x)
      if x < 88.72 { #expect(abs(Double(Exact.exp(x)) - exp(d)) <= 1.01 * ulp(exp(d)), "exp \(x)") }
      let sigmoid = 1 / (1 + exp(-d))
      #expect(abs(Double(Exact.sigmoid(x)) - sigmoid) <= 2.5 * ulp(sigmoid), "sigmoid \(x)")
      #expect(abs(Double(Exact.tanh(x)) - tanh(d)) <= 1.51 * ulp(tanh(d)), "tanh \(x)")
      #expect(abs(Double(Exact.erf(x)) - erf(d)) <= 1.2 * ulp(erf(d)), "erf \(x)")
      let gelu = d * 0.5 * erfc(-d * 0.5.squareRoot())
      #expect(abs(Double(Exact.gelu(x)) - gelu) <= 1.1e-7 * abs(d) + 2e-45, "gelu \(x)")
    }
  }
}
