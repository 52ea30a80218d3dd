import Kernels
import Support
import Testing
import Towers

/// Slopes are those of float64, and add up over windows in order.
@Suite struct EncoderSlopesTests {
  /// The loss Σ s · u for random s, in float64.
  private static func loss(
    _ twin: SlowTower<Double>, _ windows: [[[Double]]], _ weights: [[Double]], _ slopes: [[[Double]]]
  ) -> Double {
    var sum = 0.0
    for (number, window) in windows.enumerated() {
      for (u, s) in zip(twin.queries(window, weights: weights[number]), slopes[number]) {
        for (a, b) in zip(u, s) { sum += a * b }
      }
    }
    return sum
  }

  @Test(arguments: TowerCase.smallShapes)
  func parametersAndEventsHaveTheSlopesOfFloat64(shape: TowerShape) {
    let tower = TowerCase(shape, lengths: [1, shape.length])
    var random = SeededRandom(seed: 9)
    let slopes = tower.windows.map { $0.map { random.floats($0.count) } }
    let pass = TowerCase.pass(shape, tower.windows)
    for (row, slope) in slopes.flatMap({ $0 }).enumerated() { pass.querySlopes.setRow(row, slope) }
    pass.forward(
      tower.parameters, EncoderWindows(lengths: tower.windows.map(\.count), weights: tower.weights.flatMap { $0 }))
    let found = TowerParameters(shape)
    pass.backward(tower.parameters, addingTo: found)

    var twin = SlowTower<Double>(tower.parameters)
    var windows = tower.windows.map { $0.map { $0.map(Double.init) } }
    let weights = tower.weights.map { $0.map(Double.init) }
    let given = slopes.map { $0.map { $0.map(Double.init) } }
    let step = 1e-4
    func slope(_ change: (Double) -> Void) -> Double {
      change(step)
      let above = Self.loss(twin, windows, weights, given)
      change(-2 * step)
      let below = Self.loss(twin, windows, weights, given)
      change(step)
      return (above - below) / (2 * step)
    }
    func check(_ found: Float, _ expected: Double, _ what: @autoclosure () -> String) {
      #expect(abs(Double(found) - expected) < 2e-5 + 1e-4 * abs(expected), "\(what())")
    }
    for tensor in shape.tensors {
      for (place, value) in found.values(tensor).enumerated() where place.isMultiple(of: max(1, tensor.count / 40)) {
        check(value, slope { twin.tensors[tensor.name]?[place] += $0 }, "\(tensor.name) \(place)")
      }
    }
    var row = 0
    for number in windows.indices {
      for j in windows[number].indices {
        for column in [0, shape.dimension - 1] {
          check(pass.eventSlopes[row, column], slope { windows[number][j][column] += $0 }, "event \(row) \(column)")
        }
        row += 1
      }
    }
  }

  @Test(arguments: TowerCase.shapes)
  func windowsOneByOneAddUpToTheBitsOfAllAtOnce(shape: TowerShape) {
    let tower = TowerCase(shape, lengths: [3, 1, shape.length, 5])
    func slopes(_ parts: [Range<Int>]) -> [[UInt32]] {
      let sums = TowerParameters(shape)
      for part in parts {
        let pass = TowerCase.pass(shape, Array(tower.windows[part]))
        for (row, slope) in tower.windows[part].flatMap({ $0 }).enumerated() {
          pass.querySlopes.setRow(row, slope.map { $0 * 0.5 })
        }
        pass.forward(
          tower.parameters,
          EncoderWindows(
            lengths: tower.windows[part].map(\.count), weights: Array(tower.weights[part].joined())))
        pass.backward(tower.parameters, addingTo: sums)
      }
      return bits(shape.tensors.map(sums.values))
    }
    #expect(slopes([0..<4]) == slopes([0..<1, 1..<2, 2..<3, 3..<4]))
    #expect(slopes([0..<4]) == slopes([0..<3, 3..<4]))
  }
}
