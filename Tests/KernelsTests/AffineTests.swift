import Kernels
import Support
import Testing

@Suite struct AffineTests {
  private struct Case {
    let inputs: Int, outputs: Int, rows: Int
  }

  private static let cases = [
    Case(inputs: 1, outputs: 1, rows: 1), Case(inputs: 3, outputs: 16, rows: 7), Case(inputs: 16, outputs: 17, rows: 6),
    Case(inputs: 20, outputs: 64, rows: 13), Case(inputs: 33, outputs: 70, rows: 12),
    Case(inputs: 144, outputs: 128, rows: 19), Case(inputs: 128, outputs: 63, rows: 5),
    Case(inputs: 64, outputs: 1, rows: 25), Case(inputs: 37, outputs: 1, rows: 40),
    Case(inputs: 5, outputs: 113, rows: 8),
    Case(inputs: 0, outputs: 3, rows: 4),
  ]

  @Test(arguments: InstructionSet.available)
  func anyBatchSplitHasTheBitsOfTheScalarTwin(isa: InstructionSet) {
    let kernels = KernelSet(isa)
    var random = SeededRandom(seed: 20)
    for c in Self.cases {
      let x = (0..<c.rows).map { _ in awkwardFloats(c.inputs, &random) }
      let weights = awkwardFloats(c.outputs * c.inputs, &random)
      let bias = awkwardFloats(c.outputs, &random)
      let expected = x.map { bits(Exact.affine($0, weights: weights, start: bias)) }
      let layer = PackedLayer(weights: weights, bias: bias)
      let matrix = FloatMatrix(rows: x, columns: c.inputs)
      for _ in 0..<4 {
        let y = FloatMatrix(rows: c.rows + 1, columns: c.outputs)
        var row = 0
        while row < c.rows {
          let end = min(c.rows, row + 1 + Int(random.next() % 9))
          kernels.affine(layer, matrix, rows: row..<end, into: y, at: row)
          row = end
        }
        #expect((0..<c.rows).map { bits(y.row($0)) } == expected, "\(c)")
        #expect(y.row(c.rows).allSatisfy { $0.bitPattern == 0 }, "wrote behind the last row")
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func aCarriedUserPartChangesNoBit(isa: InstructionSet) {
    let kernels = KernelSet(isa)
    var random = SeededRandom(seed: 21)
    for c in Self.cases {
      let x = (0..<c.rows).map { _ in awkwardFloats(c.inputs, &random) }
      let layer = PackedLayer(
        weights: awkwardFloats(c.outputs * c.inputs, &random), bias: awkwardFloats(c.outputs, &random))
      let whole = FloatMatrix(rows: c.rows, columns: c.outputs)
      kernels.affine(layer, FloatMatrix(rows: x, columns: c.inputs), rows: 0..<c.rows, into: whole)
      for user in Set([0, c.inputs / 2, c.inputs]).sorted() {
        let (head, tail) = layer.split(at: user)
        let y = FloatMatrix(rows: c.rows, columns: c.outputs)
        let rest = FloatMatrix(rows: x.map { Array($0[user...]) }, columns: c.inputs - user)
        for (i, row) in x.enumerated() {
          let carried = tail.starting(at: kernels.affine(head, PaddedVector(row[..<user])))
          kernels.affine(carried, rest, rows: i..<i + 1, into: y, at: i)
        }
        for i in 0..<c.rows { #expect(bits(y.row(i)) == bits(whole.row(i)), "\(c) split at \(user)") }
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func gradientsAccumulateInTheOrderOfTheRows(isa: InstructionSet) {
    let kernels = KernelSet(isa)
    var random = SeededRandom(seed: 22)
    for (rows, m, n) in [(1, 1, 1), (9, 5, 17), (20, 33, 64), (13, 16, 70)] {
      let a = (0..<rows).map { _ in awkwardFloats(m, &random) }
      let b = (0..<rows).map { _ in awkwardFloats(n, &random) }
      let start = (0..<m).map { _ in awkwardFloats(n, &random) }
      let sums = FloatMatrix(rows: start, columns: n)
      let (x, y) = (FloatMatrix(rows: a, columns: m), FloatMatrix(rows: b, columns: n))
      kernels.accumulateTransposed(x, y, rows: 0..<rows / 2, into: sums)
      kernels.accumulateTransposed(x, y, rows: rows / 2..<rows, into: sums)
      for i in 0..<m {
        let weights = (0..<n).flatMap { j in b.map { $0[j] } }
        #expect(bits(sums.row(i)) == bits(Exact.affine(a.map { $0[i] }, weights: weights, start: start[i])))
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func unpackedWeightsGiveTheBitsOfPackedOnes(isa: InstructionSet) {
    let kernels = KernelSet(isa)
    var random = SeededRandom(seed: 23)
    for c in Self.cases {
      let x = (0..<c.rows).map { _ in awkwardFloats(c.inputs, &random) }
      let weights = awkwardFloats(c.outputs * c.inputs, &random)
      let bias = awkwardFloats(c.outputs, &random)
      let columns = (0..<c.inputs).map { k in (0..<c.outputs).map { weights[$0 * c.inputs + k] } }
      let y = FloatMatrix(rows: [[Float]](repeating: bias, count: c.rows), columns: c.outputs)
      kernels.accumulate(
        FloatMatrix(rows: x, columns: c.inputs), FloatMatrix(rows: columns, columns: c.outputs), rows: c.rows, into: y)
      for i in 0..<c.rows { #expect(bits(y.row(i)) == bits(Exact.affine(x[i], weights: weights, start: bias))) }
    }
  }
}
