import DataSets
import Vocabulary

/// How often each two of the kept items follow each other, where every user counts 1 in all: the second release.
///
/// It holds each pair once. Both halves of a table would need √2 times the noise.
package struct NeighbourSums: Sendable, Equatable {
  /// K.
  package let size: Int
  /// Whole numbers of 2⁻²⁴: rows a < b without the diagonal, one after the other, `[K (K − 1) / 2]`.
  package internal(set) var sums: [Int64]
  /// Users whose sums broke the bound, and were left out; only the data's holder is told.
  package private(set) var leftOut = 0

  /// - Precondition: As many sums as cells.
  package init(size: Int, sums: [Int64]) {
    precondition(sums.count == size * max(0, size - 1) / 2, "a sum a pair")
    (self.size, self.sums) = (size, sums)
  }

  /// The sums of a log, without noise: not to be released.
  package init(_ log: PrivateLog, _ kept: KeptItems, _ settings: NeighbourSettings) {
    self.init(size: kept.count, sums: [Int64](repeating: 0, count: kept.cellCount))
    var place = [Int32](repeating: -1, count: log.itemCount)
    for (position, item) in kept.items.enumerated() { place[Int(item)] = Int32(position) }
    var pairs = UserPairs(kept, settings)
    for history in log.histories {
      pairs.set(history.compactMap { place[Int($0)] < 0 ? nil : Int(place[Int($0)]) })
      guard Fixed.isWithin1(pairs.values) else {
        leftOut += 1
        continue
      }
      for (cell, value) in zip(pairs.cells, pairs.values) { sums[cell] &+= value }
    }
  }

  /// Adds noise to every cell, also to those of items that no user had together. Each row has its own stream, so that
  /// the noise does not depend on the number of threads.
  package mutating func add(
    _ mechanism: GaussianMechanism, _ key: NoiseKey, sharedBy silos: Int = 1, threads: Int
  ) {
    let noise = DiscreteGaussian(deviation: mechanism.sigma / Double(silos).squareRoot())
    let size = size
    let rows = Lock([[Int64]](repeating: [], count: max(0, size - 1)))
    WorkerTeam(count: threads).run(parts: max(0, size - 1)) { row, _ in
      var stream = NoiseStream(key, .pairs, row: UInt64(row))
      let drawn = (row + 1..<size).map { _ in noise.draw(&stream) }
      rows.withLock { $0[row] = drawn }
    }
    var cell = 0
    for row in rows.withLock({ $0 }) {
      for drawn in row {
        sums[cell] &+= drawn
        cell += 1
      }
    }
  }

  /// The place of a pair a < b.
  static func cell(_ a: Int, _ b: Int, size: Int) -> Int { a * (2 * size - a - 1) / 2 + b - a - 1 }

  /// S of two different items.
  package func value(_ a: Int, _ b: Int) -> Double {
    Fixed.value(sums[Self.cell(min(a, b), max(a, b), size: size)])
  }
}

/// What one user adds to the sums of pairs.
struct UserPairs {
  private let size: Int
  private let window: Int
  private let weights: [Double]
  /// β to the power of g − 1.
  private let shares: [Double]
  private var raw: [Double] = []
  private(set) var cells: [Int] = []
  /// Of norm 1 at most.
  private(set) var values: [Int64] = []

  init(_ kept: KeptItems, _ settings: NeighbourSettings) {
    (size, window, weights) = (kept.count, settings.window, kept.weights)
    var share = 1.0
    shares = (0..<settings.window).map { _ in
      defer { share *= settings.decay }
      return share
    }
  }

  /// Takes a user's kept items by their positions among them, the oldest first, none twice.
  mutating func set(_ items: [Int]) {
    cells.removeAll(keepingCapacity: true)
    raw.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    guard items.count > 1 else { return }
    var squares = 0.0
    for gap in 1...min(window, items.count - 1) {
      for start in 0..<items.count - gap {
        let (first, second) = (items[start], items[start + gap])
        let value = shares[gap - 1] * weights[first] * weights[second]
        cells.append(NeighbourSums.cell(min(first, second), max(first, second), size: size))
        raw.append(value)
        squares += value * value
      }
    }
    let norm = squares.squareRoot()
    for value in raw { values.append(Fixed.toward0(value / norm)) }
  }
}
