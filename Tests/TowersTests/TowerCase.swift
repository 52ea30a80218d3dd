import Kernels
import Support
import Towers

/// A small tower with something in every parameter, and windows for it.
struct TowerCase {
  let shape: TowerShape
  let parameters: TowerParameters
  /// `[m, d]` of each window.
  let windows: [[[Float]]]
  /// Of each window's events; some are left out.
  let weights: [[Float]]

  init(_ shape: TowerShape, lengths: [Int], leavesOut: Bool = true, seed: UInt64 = 1) {
    var random = SeededRandom(seed: seed)
    self.shape = shape
    parameters = TowerParameters(shape) { random.floats($0.count, in: -0.6...0.6) }
    windows = lengths.map { m in (0..<m).map { _ in random.floats(shape.dimension) } }
    weights = lengths.map { m in
      (0..<m).map { _ in leavesOut ? [0, 0.5, 1, 1][Int.random(in: 0..<4, using: &random)] : 1 }
    }
  }

  /// Every encoder, alone and mixed, at widths that fill no register and at some that do.
  static let shapes = [
    TowerShape(dimension: 5, encoder: .sum), TowerShape(dimension: 64, encoder: .sum, decay: 0.8),
    TowerShape(dimension: 6, encoder: .attention, length: 5, heads: 2, blocks: 1),
    TowerShape(dimension: 32, encoder: .attention, isMixed: true, length: 18),
    TowerShape(dimension: 18, encoder: .attention, isMixed: true, length: 6, heads: 1, blocks: 3),
    TowerShape(dimension: 6, encoder: .convolution, length: 5, blocks: 1),
    TowerShape(dimension: 32, encoder: .convolution, isMixed: true, length: 9),
    TowerShape(dimension: 6, encoder: .gru, length: 5),
    TowerShape(dimension: 32, encoder: .gru, isMixed: true, length: 7),
  ]

  /// The same so small that every slope can be measured.
  static let smallShapes = [
    TowerShape(dimension: 5, encoder: .sum, length: 6),
    TowerShape(dimension: 6, encoder: .attention, length: 4, heads: 2, blocks: 1),
    TowerShape(dimension: 4, encoder: .attention, isMixed: true, length: 4, heads: 2, blocks: 2),
    TowerShape(dimension: 5, encoder: .convolution, length: 6, blocks: 1),
    TowerShape(dimension: 4, encoder: .convolution, isMixed: true, length: 8, blocks: 2),
    TowerShape(dimension: 5, encoder: .gru, length: 5),
    TowerShape(dimension: 4, encoder: .gru, isMixed: true, length: 5),
  ]

  /// The queries of all windows, computed together.
  func queries(_ kernels: KernelSet = KernelSet()) -> [[[Float]]] {
    let pass = Self.pass(shape, windows, kernels)
    pass.forward(parameters, EncoderWindows(lengths: windows.map(\.count), weights: weights.flatMap { $0 }))
    var row = 0
    return windows.map { window in
      row += window.count
      return (row - window.count..<row).map { pass.queries.row($0) }
    }
  }

  /// A pass that holds the events of windows.
  static func pass(_ shape: TowerShape, _ windows: [[[Float]]], _ kernels: KernelSet = KernelSet()) -> EncoderPass {
    let rows = windows.flatMap { $0 }
    let pass = EncoderPass(shape, rowCapacity: rows.count, kernels: kernels)
    for (row, event) in rows.enumerated() { pass.events.setRow(row, event) }
    return pass
  }
}

func bits(_ rows: [[Float]]) -> [[UInt32]] { rows.map { $0.map(\.bitPattern) } }
