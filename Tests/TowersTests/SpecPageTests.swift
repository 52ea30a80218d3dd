import Kernels
import Support
import Testing
import Towers

@Suite struct SpecPageTests {
  @Test func queriesHaveTheBitsOfThePage() throws {
    let rows = try SpecPage.rows(under: "Encoders of a history")
    #expect(rows.count >= 8)
    for row in rows {
      let numbers = try row[2...5].map { try #require(Int($0)) }
      let shape = TowerShape(
        dimension: numbers[0], encoder: try #require(TowerShape.Encoder(rawValue: row[0])), isMixed: row[1] == "yes",
        decay: try SpecPage.floats(row[6])[0], length: numbers[1], heads: numbers[2], blocks: numbers[3])
      try shape.check()
      var tensors = 0
      let parameters = TowerParameters(shape) { tensor in
        tensors += 1
        return (0..<tensor.count).map { Float((7 * $0 + 5 * (tensors - 1)) % 17 - 8) / 16 }
      }
      let weights = try SpecPage.floats(row[7])
      let events = weights.indices.map { j in
        (0..<shape.dimension).map { Float((5 * j + 3 * $0) % 11 - 5) / 8 }
      }
      let expected = bits([try SpecPage.floats(row[8])])
      for isa in InstructionSet.available {
        let encoder = HistoryEncoder(parameters, kernels: KernelSet(isa))
        let query = encoder.query(
          FloatMatrix(rows: events, columns: shape.dimension), count: events.count, weights: weights)
        #expect(bits([query]) == expected, "\(row) on \(isa): \(bits([query])[0].map { String($0, radix: 16) })")
      }
      guard events.count <= shape.length else { continue }
      #expect(bits([SlowTower<Float>(parameters).queries(events, weights: weights)[events.count - 1]]) == expected)
    }
  }
}
