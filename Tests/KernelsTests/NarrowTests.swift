import Kernels
import Support
import Testing

@Suite struct NarrowTests {
  private struct Case {
    let inputs: Int, outputs: Int, rows: Int
  }

  private static let cases = [
    Case(inputs: 1, outputs: 1, rows: 1), Case(inputs: 3, outputs: 16, rows: 7), Case(inputs: 16, outputs: 17, rows: 6),
    Case(inputs: 20, outputs: 64, rows: 13), Case(inputs: 33, outputs: 70, rows: 12),
    Case(inputs: 80, outputs: 128, rows: 19), Case(inputs: 127, outputs: 63, rows: 5),
    Case(inputs: 0, outputs: 3, rows: 4), Case(inputs: 510, outputs: 33, rows: 70),
    Case(inputs: 530, outputs: 18, rows: 12),
  ]

  /// Runs a layer over rows in parts of any size.
  private func run(
    _ rows: Int, _ outputs: Int, _ random: inout SeededRandom, _ layer: (Range<Int>, FloatMatrix) -> Void
  )
    -> [[UInt32]]
  {
    var results: [[UInt32]] = []
    var row = 0
    while row < rows {
      let end = min(rows, row + 1 + Int(random.next() % (rows > 40 ? 60 : 9)))
      let y = FloatMatrix(rows: end - row + 1, columns: outputs)
      layer(row..<end, y)
      for i in 0..<end - row { results.append(bits(y.row(i))) }
      #expect(y.row(end - row).allSatisfy { $0.bitPattern == 0 }, "wrote behind the last row")
      row = end
    }
    return results
  }

  private func rows(_ x: [[Float]], _ range: Range<Int>, _ columns: Int) -> FloatMatrix {
    FloatMatrix(rows: Array(x[range]), columns: columns)
  }

  @Test(arguments: InstructionSet.available)
  func bf16LayersHaveTheBitsOfTheScalarTwinAtAnySplit(isa: InstructionSet) {
    let kernels = KernelSet(isa)
    var random = SeededRandom(seed: 30)
    for c in Self.cases {
      let x = (0..<c.rows).map { _ in awkwardFloats(c.inputs, &random) }
      let weights = awkwardFloats(c.outputs * c.inputs, &random)
      let start = awkwardFloats(c.outputs, &random)
      let expected = x.map { bits(Exact.bfloat16Affine($0, weights: weights, start: start)) }
      let layer = BFloat16Layer(weights: weights, start: PaddedVector(start))
      let found = run(c.rows, c.outputs, &random) { range, y in
        let room = NarrowMatrix(rows: range.count, bytes: 2 * max(128, c.inputs + 15))
        kernels.affine(layer, rows(x, range, c.inputs), rows: range.count, rounded: room, into: y)
      }
      #expect(found == expected, "\(c)")
    }
  }

  @Test(arguments: InstructionSet.available)
  func int8LayersHaveTheBitsOfTheScalarTwinAtAnySplit(isa: InstructionSet) {
    let kernels = KernelSet(isa)
    var random = SeededRandom(seed: 31)
    for c in Self.cases {
      // Inputs beyond the range at both ends, on the border between two whole numbers, and some that are no numbers.
      var x = (0..<c.rows).map { _ in random.floats(c.inputs, in: -3...3) }
      for i in x.indices where c.inputs > 0 {
        let value: Float = [.infinity, -.infinity, .nan, 0.5, -0.0, 1e30][Int(random.next() % 6)]
        x[i][Int(random.next() % UInt64(c.inputs))] = value
      }
      var weights = random.floats(c.outputs * c.inputs)
      for k in 0..<c.inputs { weights[k] = 0 }
      let start = random.floats(c.outputs)
      let low = random.floats(c.inputs, in: -2...0)
      let step = random.floats(c.inputs, in: 0.001...0.02)
      let expected = x.map { bits(Exact.int8Affine($0, weights: weights, start: start, low: low, step: step)) }
      let layer = Int8Layer(weights: weights, start: PaddedVector(start), low: low, step: step)
      let found = run(c.rows, c.outputs, &random) { range, y in
        let room = NarrowMatrix(rows: range.count, bytes: max(128, c.inputs + 15))
        kernels.affine(layer, rows(x, range, c.inputs), rows: range.count, rounded: room, into: y)
      }
      #expect(found == expected, "\(c)")
    }
  }

  @Test(arguments: InstructionSet.available)
  func theLargestInt8SumsAreExact(isa: InstructionSet) {
    // 2 · 255 · 127 does not fit 16 bits, which is what vpmaddubsw would saturate to.
    for (n, rows) in [(4096, 1), (512, 5)] {
      for sign: Float in [1, -1] {
        let layer = Int8Layer(
          weights: [Float](repeating: sign, count: n), start: PaddedVector([0]), low: [Float](repeating: 0, count: n),
          step: [Float](repeating: 1, count: n))
        let y = FloatMatrix(rows: rows, columns: 1)
        let room = NarrowMatrix(rows: rows, bytes: n)
        let x = FloatMatrix(rows: [[Float]](repeating: [Float](repeating: 255, count: n), count: rows), columns: n)
        KernelSet(isa).affine(layer, x, rows: rows, rounded: room, into: y)
        let scale: Float = 1 / 127
        for row in 0..<rows { #expect(y[row, 0] == sign * (Float(n * 255 * 127) * scale)) }
      }
    }
  }

  @Test func roundingToBF16IsToNearestEvenAndDropsWhatIsSmall() {
    let cases: [(Float, Float)] = [
      (1, 1), (0x1.01p0, 0x1p0), (0x1.03p0, 0x1.04p0), (0x1.010002p0, 0x1.02p0), (-0x1.03p0, -0x1.04p0),
      (0x1p-40, 0x1p-40), (0x1.fcp-41, 0), (0x1.ffp-41, 0x1p-40), (-0x1p-60, 0), (-0.0, 0), (.infinity, .infinity),
    ]
    for (value, expected) in cases {
      #expect(Exact.roundedToBFloat16(value).bitPattern == expected.bitPattern, "\(value)")
    }
    #expect(Exact.roundedToBFloat16(.nan).isNaN)
    let table = FloatMatrix(rows: cases.map { [0, $0.0] }, columns: 2)
    for isa in InstructionSet.available {
      let rounded = KernelSet(isa).roundedToBFloat16(table, rows: 1..<cases.count)
      #expect((1..<cases.count).allSatisfy { bits(rounded.row($0 - 1)) == bits([0, cases[$0].1]) }, "\(isa)")
    }
  }
}
