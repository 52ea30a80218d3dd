import Kernels
import Support
import Testing

/// Floats that make arithmetic differ where it can: subnormal, huge, tiny, ±0 and ordinary ones.
func awkwardFloats(_ count: Int, _ random: inout SeededRandom) -> [Float] {
  random.floats(count).map { value in
    switch random.next() % 12 {
    case 0: 0
    case 1: -0.0
    case 2: value * 0x1p-140
    case 3: value * 0x1p-75
    case 4: value * 0x1p55
    default: value
    }
  }
}

@Suite struct DotTests {
  @Test(arguments: InstructionSet.available)
  func rowsHaveTheBitsOfTheScalarTwin(isa: InstructionSet) {
    let kernels = KernelSet(isa)
    var random = SeededRandom(seed: 9)
    for d in Array(1...70) + [127, 128, 129, 1023, 1024, 4096] {
      let rows = (0..<5).map { _ in awkwardFloats(d, &random) }
      let query = awkwardFloats(d, &random)
      let expected = rows.map { Exact.dot(query, $0) }
      let (padded, matrix) = (PaddedVector(query), FloatMatrix(rows: rows, columns: d))
      var scores = [Float](repeating: .nan, count: 6)
      kernels.dots(padded, matrix, rows: 0..<5, into: &scores)
      #expect(bits(Array(scores.prefix(5))) == bits(expected), "\(d) dimensions")
      #expect(scores[5].isNaN, "wrote behind the last row")
      kernels.dots(padded, matrix, rows: 2..<5, into: &scores)
      #expect(bits(Array(scores.prefix(3))) == bits(Array(expected[2...])))
      kernels.dots(padded, matrix, rows: [4, 0, 4, 1], into: &scores)
      #expect(bits(Array(scores.prefix(4))) == bits([expected[4], expected[0], expected[4], expected[1]]))
      #expect(kernels.dot(padded, matrix, row: 3).bitPattern == expected[3].bitPattern)
    }
  }

  @Test(arguments: InstructionSet.available)
  func scoresLieNearFloat64(isa: InstructionSet) {
    var random = SeededRandom(seed: 10)
    for d in [1, 16, 64, 200, 1024, 4096] {
      let (a, b) = (random.floats(d), random.floats(d))
      let score = KernelSet(isa).dot(PaddedVector(a), FloatMatrix(rows: [b], columns: d), row: 0)
      let exact = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      let scale = (Exact.normSquared(a) * Exact.normSquared(b)).squareRoot()
      #expect(abs(Double(score) - exact) <= 1e-5 * scale)
    }
  }

  @Test(arguments: InstructionSet.available)
  func selectionFindsWhatTheScalarTwinFinds(isa: InstructionSet) {
    let kernels = KernelSet(isa)
    var random = SeededRandom(seed: 11)
    for count in [0, 1, 15, 16, 63, 64, 65, 127, 128, 200, 1000] {
      var scores = random.floats(count + 3).map { ($0 * 8).rounded() / 8 }
      if count > 5 { (scores[2], scores[3], scores[4]) = (.nan, .infinity, -.infinity) }
      let mask = (0..<(64 + count + 63) / 64).map { _ in random.next() & random.next() }
      for threshold: Float in [-.infinity, -0.5, 0, 0.5, .infinity] {
        for (bits, first) in [(nil, 0), (nil, 64), (mask, 0), (mask, 64)] as [([UInt64]?, Int)] {
          var selected = [UInt32](repeating: 0, count: count)
          let found = kernels.select(
            scores: scores, count: count, firstRow: first, atLeast: threshold, mask: bits, into: &selected)
          let expected = Exact.select(
            scores: Array(scores.prefix(count)), firstRow: first, atLeast: threshold, mask: bits)
          #expect(Array(selected.prefix(found)) == expected)
        }
      }
    }
  }

  @Test func onlyFiniteVectorsWithinTheNormAreValid() {
    let kernels = KernelSet()
    #expect(kernels.isValidVector([1, 2, 3]))
    #expect(kernels.isValidVector([]))
    #expect(kernels.isValidVector([9.99999e17]))
    #expect(!kernels.isValidVector([1.0001e18]))
    #expect(!kernels.isValidVector([8e17, 8e17]))
    #expect(!kernels.isValidVector([0, .nan]))
    #expect(!kernels.isValidVector([.infinity, 1]))
    #expect(!kernels.isValidVector([-.infinity]))
    #expect(!kernels.isValidVector([.greatestFiniteMagnitude]))
    var random = SeededRandom(seed: 12)
    for d in [1, 64, 1023] {
      let values = awkwardFloats(d, &random)
      #expect(kernels.normSquared(values) == Exact.normSquared(values))
    }
  }
}
