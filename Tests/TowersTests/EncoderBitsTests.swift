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

  @Test(arguments: [TowerShape.Encoder.convolution, .attention, .gru])
  func aMixedTowerWithoutGainIsTheSum(encoder: TowerShape.Encoder) {
    let shape = TowerShape(dimension: 20, encoder: encoder, isMixed: true, length: 9)
    let mixed = TowerCase(shape, lengths: [9, 2])
    let parameters = TowerParameters(shape) {
      $0.name == "history.gain" ? [Float](repeating: 0, count: 20) : mixed.parameters.values($0)
    }
    let sum = TowerParameters(TowerShape(dimension: 20, encoder: .sum)) { _ in parameters.values(shape.tensors[0]) }
    func queries(_ parameters: TowerParameters) -> [[UInt32]] {
      let pass = TowerCase.pass(parameters.shape, mixed.windows)
      pass.forward(parameters, EncoderWindows(lengths: [9, 2], weights: mixed.weights.flatMap { $0 }))
      return bits((0..<11).map { pass.queries.row($0) })
    }
    #expect(queries(parameters) == queries(sum))
    let events = FloatMatrix(rows: mixed.windows[0], columns: 20)
    #expect(
      bits([HistoryEncoder(parameters).query(events, count: 9)]) == bits([HistoryEncoder(sum).query(events, count: 9)]))
  }

  @Test func theRecurrenceIsTheSumByAge() {
    let shape = TowerShape(dimension: 7, encoder: .sum, decay: 0.7)
    let tower = TowerCase(shape, lengths: [60])
    let queries = tower.queries()[0]
    let constant = tower.parameters.values(shape.tensors[0])
    for j in queries.indices {
      for i in 0..<7 {
        var sum = Double(constant[i])
        var share = 1.0
        for t in (0...j).reversed() {
          sum += share * Double(tower.weights[0][t]) * Double(tower.windows[0][t][i])
          share *= Double(shape.decay)
        }
        #expect(abs(Double(queries[j][i]) - sum) < 1e-6)
      }
    }
  }

  /// A tower reads the events that it is given, but its encoder no more than the latest of its length.
  @Test(arguments: [TowerShape.Encoder.convolution, .attention, .gru])
  func servingReadsTheLatestEventsOnly(encoder: TowerShape.Encoder) {
    let shape = TowerShape(dimension: 20, encoder: encoder, length: 8)
    let tower = TowerCase(shape, lengths: [8], leavesOut: false)
    let serving = HistoryEncoder(tower.parameters)
    var random = SeededRandom(seed: 4)
    let older = (0..<5).map { _ in random.floats(20) }
    let all = FloatMatrix(rows: older + tower.windows[0], columns: 20)
    let latest = FloatMatrix(rows: tower.windows[0], columns: 20)
    #expect(bits([serving.query(all, count: 13)]) == bits([serving.query(latest, count: 8)]))
    let reach = shape.reach
    let reached = FloatMatrix(rows: Array(tower.windows[0].suffix(reach)), columns: 20)
    #expect(bits([serving.query(reached, count: reach)]) == bits([serving.query(latest, count: 8)]))
    #expect(encoder != .convolution || reach == 7)
  }
}
