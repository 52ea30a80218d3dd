import Kernels
import Support
import Testing

@Suite struct SpecPageTests {
  @Test func innerProductsHaveTheBitsOfThePage() throws {
    let rows = try SpecPage.rows(under: "Inner products")
    #expect(rows.count >= 7)
    for row in rows {
      let (a, b) = (try SpecPage.floats(row[0]), try SpecPage.floats(row[1]))
      let expected = try SpecPage.floats(row[2])
      #expect(bits([Exact.dot(a, b)]) == bits(expected))
      for isa in InstructionSet.available {
        let score = KernelSet(isa).dot(PaddedVector(a), FloatMatrix(rows: [b], columns: b.count), row: 0)
        #expect(bits([score]) == bits(expected), "\(isa)")
      }
    }
  }

  @Test func affineLayersHaveTheBitsOfThePage() throws {
    let rows = try SpecPage.rows(under: "Affine layers")
    #expect(rows.count >= 4)
    for row in rows {
      let (inputs, weights) = (try SpecPage.floats(row[0]), try SpecPage.floats(row[1]))
      let (start, expected) = (try SpecPage.floats(row[2]), try SpecPage.floats(row[3]))
      #expect(bits(Exact.affine(inputs, weights: weights, start: start)) == bits(expected))
      for isa in InstructionSet.available {
        let layer = PackedLayer(weights: weights, bias: start)
        #expect(bits(KernelSet(isa).affine(layer, PaddedVector(inputs)).values) == bits(expected), "\(isa)")
      }
    }
  }

  @Test func narrowLayersHaveTheBitsOfThePage() throws {
    let halves = try SpecPage.rows(under: "Layers in bf16").map { try $0.map(SpecPage.floats) }
    let bytes = try SpecPage.rows(under: "Layers in int8").map { try $0.map(SpecPage.floats) }
    #expect(halves.count >= 5 && bytes.count >= 3)
    for isa in InstructionSet.available {
      for row in halves {
        let y = FloatMatrix(rows: 1, columns: row[2].count)
        KernelSet(isa).affine(
          BFloat16Layer(weights: row[1], start: PaddedVector(row[2])),
          FloatMatrix(rows: [row[0]], columns: row[0].count),
          rows: 1, rounded: NarrowMatrix(rows: 1, bytes: 64), into: y)
        #expect(bits(y.row(0)) == bits(row[3]), "\(isa)")
        #expect(bits(Exact.bfloat16Affine(row[0], weights: row[1], start: row[2])) == bits(row[3]))
      }
      for row in bytes {
        let y = FloatMatrix(rows: 1, columns: row[2].count)
        KernelSet(isa).affine(
          Int8Layer(weights: row[1], start: PaddedVector(row[2]), low: row[3], step: row[4]),
          FloatMatrix(rows: [row[0]], columns: row[0].count), rows: 1, rounded: NarrowMatrix(rows: 1, bytes: 64),
          into: y)
        #expect(bits(y.row(0)) == bits(row[5]), "\(isa)")
        #expect(
          bits(Exact.int8Affine(row[0], weights: row[1], start: row[2], low: row[3], step: row[4])) == bits(row[5]))
      }
    }
  }

  @Test func activationsHaveTheBitsOfThePage() throws {
    let rows = try SpecPage.rows(under: "Activation values")
    #expect(rows.count >= 20)
    for row in rows {
      let cells = try row.map { try SpecPage.floats($0)[0] }
      let x = cells[0]
      let (exp, erf) = (Exact.exp(x), Exact.erf(x))
      #expect(bits([exp, erf]) == bits([cells[2], cells[5]]), "exp and erf of \(x)")
      let expected: [(Activation, Float)] = [
        (.none, x), (.relu, cells[1]), (.sigmoid, cells[3]), (.tanh, cells[4]), (.gelu, cells[6]),
      ]
      for (activation, y) in expected {
        #expect(bits(Exact.activate(activation, x)) == bits(y), "\(activation) of \(x)")
        for isa in InstructionSet.available {
          var values = [x]
          KernelSet(isa).activate(activation, &values)
          #expect(bits(values) == bits([y]), "\(activation) of \(x) by \(isa)")
        }
      }
    }
  }
}
