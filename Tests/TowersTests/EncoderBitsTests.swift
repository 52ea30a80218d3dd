import Kernels
import Support
import Testing
import Towers

/// Training, serving and the slow twin give the same bits, on every instruction set.
@Suite struct EncoderBitsTests {
  @Test(arguments: TowerCase.shapes, InstructionSet.available)
  func everyPrefixHasTheBitsOfTheScalarTwin(shape: TowerShape, isa: InstructionSet) {
    let tower = TowerCase(shape, lengths: [1, shape.length, 3])
    let twin = SlowTower<Float>(tower.parameters)
    let queries = tower.queries(KernelSet(isa))
    for (number, window) in tower.windows.enumerated() {
      #expect(bits(queries[number]) == bits(twin.queries(window, weights: tower.weights[number])), "window \(number)")
    }
  }

  @Test(arguments: TowerCase.shapes, InstructionSet.available)
  func servingHasTheBitsOfTraining(shape: TowerShape, isa: InstructionSet) {
    let tower = TowerCase(shape, lengths: [shape.length], leavesOut: false)
    let queries = tower.queries()[0]
    let encoder = HistoryEncoder(tower.parameters, kernels: KernelSet(isa))
    let events = FloatMatrix(rows: tower.windows[0], columns: shape.dimension)
    #expect(encoder.query(events, count: 0) == tower.parameters.values(shape.tensors[0]))
    for count in 1...shape.length {
      #expect(bits([encoder.query(events, count: count)]) == bits([queries[count - 1]]), "\(count) events")
    }
  }

  @Test(arguments: TowerCase.shapes)
  func aPlaceReadsNoLaterEventAndNoOtherWindow(shape: TowerShape) {
    let whole = TowerCase(shape, lengths: [shape.length, 4])
    let queries = whole.queries()
    for end in 1...shape.length {
      let pass = TowerCase.pass(shape, [Array(whole.windows[0][..<end])])
      pass.forward(
        whole.parameters, EncoderWindows(lengths: [end], weights: Array(whole.weights[0][..<end])))
      #expect(bits((0..<end).map { pass.queries.row($0) }) == bits(Array(queries[0][..<end])), "\(end) events")
    }
  }
}
