import Kernels
import Support
import Testing
import Towers

/// Slopes are those of float64, and add up over windows in order.
@Suite struct EncoderSlopesTests {
  /// The loss Σ s · u of windows for random s.
  private struct Loss {
    let tower: TowerCase
    let slopes: [[[Float]]]
    let dropout: EncoderDropout?

    init(_ tower: TowerCase, dropout: EncoderDropout? = nil) {
      var random = SeededRandom(seed: 9)
      self.tower = tower
      self.dropout = dropout
      slopes = tower.windows.map { $0.map { random.floats($0.count) } }
    }

    /// The slopes of the events, `[rows, d]`, of some windows; those of the parameters are added to `sums`.
    func backward(_ part: Range<Int>, addingTo sums: TowerParameters, _ kernels: KernelSet = KernelSet()) -> [[Float]] {
      let pass = TowerCase.pass(tower.shape, Array(tower.windows[part]), kernels)
      for (row, slope) in slopes[part].joined().enumerated() { pass.querySlopes.setRow(row, slope) }
      pass.forward(
        tower.parameters,
        EncoderWindows(
          lengths: tower.windows[part].map(\.count), weights: Array(tower.weights[part].joined()), dropout: dropout))
      pass.backward(tower.parameters, addingTo: sums)
      return (0..<pass.events.rowCapacity).map { pass.eventSlopes.row($0) }
    }

    func value(_ twin: SlowTower<Double>, _ windows: [[[Double]]], number: Int) -> Double {
      let queries = twin.queries(windows[number], weights: tower.weights[number].map(Double.init))
      var sum = 0.0
      for (u, s) in zip(queries, slopes[number]) {
        for (a, b) in zip(u, s) { sum += a * Double(b) }
      }
      return sum
    }
  }

  /// Compares every slope with the central difference in float64.
  private static func check(_ loss: Loss, kept: [(Int, Int, Int) -> Double]? = nil) {
    let (tower, shape) = (loss.tower, loss.tower.shape)
    let found = TowerParameters(shape)
    let eventSlopes = loss.backward(0..<tower.windows.count, addingTo: found)
    var twin = SlowTower<Double>(tower.parameters)
    var windows = tower.windows.map { $0.map { $0.map(Double.init) } }
    func value() -> Double {
      windows.indices.map { number in
        if let kept { twin.kept = kept[number] }
        return loss.value(twin, windows, number: number)
      }.reduce(0, +)
    }
    let step = 1e-4
    func check(_ found: Float, _ what: @autoclosure () -> String, _ change: (Double) -> Void) {
      change(step)
      let above = value()
      change(-2 * step)
      let below = value()
      change(step)
      let slope = (above - below) / (2 * step)
      #expect(abs(Double(found) - slope) < 2e-5 + 1e-4 * abs(slope), "\(what())")
    }
    for tensor in shape.tensors {
      for (place, slope) in found.values(tensor).enumerated() where place.isMultiple(of: max(1, tensor.count / 40)) {
        check(slope, "\(tensor.name) \(place)") { twin.tensors[tensor.name]?[place] += $0 }
      }
    }
    var row = 0
    for number in windows.indices {
      for j in windows[number].indices {
        for column in 0..<shape.dimension {
          check(eventSlopes[row][column], "event \(row) \(column)") { windows[number][j][column] += $0 }
        }
        row += 1
      }
    }
  }

  @Test(arguments: TowerCase.smallShapes)
  func parametersAndEventsHaveTheSlopesOfFloat64(shape: TowerShape) {
    Self.check(Loss(TowerCase(shape, lengths: [1, shape.length])))
  }

  @Test(arguments: TowerCase.smallShapes.filter { $0.encoder != .sum })
  func whatDropoutLeavesOutPassesNothingBack(shape: TowerShape) {
    let tower = TowerCase(shape, lengths: [2, 4])
    let dropout = EncoderDropout(inputRate: 0.2, blockRate: 0.4, key: 77, firstRow: 5)
    // What dropout makes of ones, as wide as the places of this shape.
    let widths = [shape.dimension, 2 * shape.dimension]
    func mask(_ place: Int, _ columns: Int) -> FloatMatrix {
      let ones = FloatMatrix(rows: 6, columns: columns)
      for row in 0..<6 { ones.setRow(row, [Float](repeating: 1, count: columns)) }
      KernelSet().dropout(
        ones, rows: 6, rate: place == 0 ? dropout.inputRate : dropout.blockRate, key: dropout.key(place), firstRow: 5)
      return ones
    }
    let masks = (0..<8).map { mask($0, widths[shape.encoder == .attention && $0 % 3 == 2 ? 1 : 0]) }
    for mask in masks {
      let factors = (0..<6).flatMap { mask.row($0) }
      #expect(factors.contains(0) && factors.contains { $0 > 1 })
    }
    func kept(_ first: Int) -> (Int, Int, Int) -> Double { { Double(masks[$0][first + $1, $2]) } }
    Self.check(Loss(tower, dropout: dropout), kept: [kept(0), kept(2)])
  }

  @Test func theDecayedSumTakesWhatDropoutLeavesAndPassesNothingElseBack() {
    let shape = TowerShape(dimension: 20, encoder: .sum, length: 6)
    let tower = TowerCase(shape, lengths: [2, 4])
    let dropout = EncoderDropout(inputRate: 0.9, blockRate: 0.9, sumRate: 0.4, key: 77, firstRow: 5)
    func drop(_ matrix: FloatMatrix) {
      KernelSet().dropout(
        matrix, rows: 6, rate: 0.4, key: dropout.key(EncoderDropout.sumPlace), firstRow: 5)
    }
    func run(_ pass: EncoderPass, _ dropout: EncoderDropout?) {
      pass.forward(tower.parameters, EncoderWindows(lengths: [2, 4], dropout: dropout))
      pass.querySlopes.copyRows(0..<6, of: pass.queries, to: 0)
      pass.backward(tower.parameters, addingTo: TowerParameters(shape))
    }
    let (pass, twin) = (TowerCase.pass(shape, tower.windows), TowerCase.pass(shape, tower.windows))
    run(pass, dropout)
    let before = bits((0..<6).map { twin.events.row($0) })
    drop(twin.events)
    #expect(bits((0..<6).map { twin.events.row($0) }) != before)
    run(twin, nil)
    drop(twin.eventSlopes)
    #expect(bits((0..<6).map { pass.queries.row($0) }) == bits((0..<6).map { twin.queries.row($0) }))
    #expect(bits((0..<6).map { pass.eventSlopes.row($0) }) == bits((0..<6).map { twin.eventSlopes.row($0) }))
    #expect(bits((0..<6).map { pass.events.row($0) }) == before, "what is read again stays as it was")
  }

  @Test(arguments: TowerCase.shapes)
  func windowsOneByOneAddUpToTheBitsOfAllAtOnceOnEveryInstructionSet(shape: TowerShape) {
    let tower = TowerCase(shape, lengths: [3, 1, shape.length, 5].map { min($0, shape.length) })
    let loss = Loss(tower)
    func slopes(_ parts: [Range<Int>], _ isa: InstructionSet = .best) -> [[UInt32]] {
      let sums = TowerParameters(shape)
      let events = parts.flatMap { loss.backward($0, addingTo: sums, KernelSet(isa)) }
      return bits(shape.tensors.map(sums.values) + events)
    }
    let expected = slopes([0..<4])
    #expect(slopes([0..<1, 1..<2, 2..<3, 3..<4]) == expected)
    #expect(slopes([0..<3, 3..<4]) == expected)
    for isa in InstructionSet.available { #expect(slopes([0..<4], isa) == expected, "\(isa)") }
  }

  @Test(arguments: [TowerShape.Encoder.convolution, .attention, .gru])
  func dropoutIsDrawnByPlaceAndNotBySplit(encoder: TowerShape.Encoder) {
    let shape = TowerShape(dimension: 20, encoder: encoder, isMixed: true, length: 6)
    let tower = TowerCase(shape, lengths: [4, 6])
    func queries(_ part: Range<Int>, firstRow: Int) -> [[UInt32]] {
      let pass = TowerCase.pass(shape, Array(tower.windows[part]))
      pass.forward(
        tower.parameters,
        EncoderWindows(
          lengths: tower.windows[part].map(\.count),
          dropout: EncoderDropout(inputRate: 0.3, blockRate: 0.3, key: 8, firstRow: firstRow)))
      return bits((0..<pass.events.rowCapacity).map { pass.queries.row($0) })
    }
    #expect(queries(0..<2, firstRow: 0) == queries(0..<1, firstRow: 0) + queries(1..<2, firstRow: 4))
    #expect(queries(1..<2, firstRow: 0) != queries(1..<2, firstRow: 4))
  }
}
