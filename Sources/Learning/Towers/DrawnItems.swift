import DataSets
import Kernels
import Towers

/// The items that the events of a step are told apart from, drawn once for all of them.
struct DrawnItems: Sendable {
  let items: [UInt32]
  /// Added to the logits of the items, and to the own item's of an event: −ln of how often a draw has the item. Without
  /// it the popular would be held down (Jean et al. 2015).
  let corrections: [Float]
  let ownCorrections: [Float]?
  /// The items' vectors and, last, a row of zeros, `[items + 1, d]`; and their transpose.
  let vectors, across: FloatMatrix

  init(_ sampler: NegativeSampler, _ options: HistoryTower.Options, step: Int) {
    let count = options.negatives
    let draws = CounterRandom(seed: options.seed, stream: 0x3000)
    items = (0..<count).map { UInt32(sampler.draw(draws, UInt64(step * count + $0))) }
    if options.distribution == .uniform {
      // All alike, and so of no effect on a softmax.
      (corrections, ownCorrections) = ([Float](repeating: 0, count: count), nil)
    } else {
      let all = sampler.probabilities.map { -Float(Transcendental.log(Double(count) * max($0, 1e-12))) }
      (corrections, ownCorrections) = (items.map { all[Int($0)] }, all)
    }
    vectors = FloatMatrix(rows: count + 1, columns: options.shape.dimension)
    across = FloatMatrix(rows: options.shape.dimension, columns: count + 1)
  }

  /// Takes the vectors as they are now.
  func load(_ table: FloatMatrix, _ kernels: KernelSet) {
    kernels.gather(table, items[...], into: vectors)
    kernels.transpose(vectors, rows: 0..<items.count + 1, into: across)
  }
}
