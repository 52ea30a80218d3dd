package import DataSets
package import Kernels

/// A retrieval tower whose user vector is made of what the user did: c + Σ decay^age · source vector of the item.
///
/// It ranks by the inner product with target vectors, trained end to end by sampled softmax on each next event; a shopper
/// who was never seen has a vector as soon as they have done something, and c alone before that.
package final class HistoryTower: Sendable {
  /// How a tower is shaped and fitted.
  package struct Options: Sendable {
    package var dimension = 64
    /// The factor on an event's weight for each newer event, 0…1.
    package var decay: Float = 0.8
    /// Events that count, the latest.
    package var length = 20
    /// Whether items have one vector for both roles.
    package var isTied = true
    package var epochs = 20
    /// Next events a step.
    package var batchSize = 512
    /// Items a step against which its events are judged, drawn once for all of them.
    package var negatives = 1024
    package var distribution: NegativeDistribution = .uniform
    package var learningRate = LearningRate(0.003)
    /// L2 of vectors that a step names, as a share of the value added to its gradient.
    package var decayOfVectors: Float = 0
    /// Share of the history's events that are left out in training, 0..<1.
    package var dropout: Float = 0
    package var deviation: Float = 0.1
    package var seed: UInt64 = 1
    package var threads = 1

    package init() {}
  }

  package let options: Options
  /// `[items, d]`; the same matrix if tied.
  package let sources, targets: FloatMatrix
  /// c, `[1, d]`.
  package let constant: FloatMatrix
  let kernels: KernelSet

  package init(itemCount: Int, _ options: Options, kernels: KernelSet = KernelSet()) {
    precondition(options.length > 0 && options.dropout >= 0 && options.dropout < 1, "length, dropout")
    self.options = options
    self.kernels = kernels
    let start = RankingNetwork(
      .dotProduct(dimension: options.dimension), userCount: options.isTied ? 0 : itemCount, itemCount: itemCount,
      kernels: kernels)
    start.initialise(seed: options.seed, deviation: options.deviation)
    targets = start.items
    sources = options.isTied ? start.items : start.users
    constant = FloatMatrix(rows: 1, columns: options.dimension)
  }

  /// A fitted tower with one vector an item, `[items, d]`.
  init(_ items: FloatMatrix, constant: [Float], _ options: Options, kernels: KernelSet = KernelSet()) {
    precondition(items.columns == options.dimension && constant.count == options.dimension, "vectors of one width")
    self.options = options
    self.kernels = kernels
    sources = items
    targets = items
    self.constant = FloatMatrix(rows: [constant], columns: options.dimension)
  }

  /// The vector of a user with this history, the oldest event first, `[d]`.
  package func query(_ history: ArraySlice<UInt32>) -> [Float] {
    let out = FloatMatrix(rows: 1, columns: options.dimension)
    let room = BagRoom(options)
    room.load(history.suffix(options.length), decay: options.decay) { _ in true }
    room.sum(sources, constant, into: out, row: 0, kernels: kernels)
    return out.row(0)
  }

  /// The vectors of all users, `[users, d]`.
  package func queries(_ histories: Histories) -> FloatMatrix {
    FloatMatrix(rows: (0..<histories.userCount).map { query(histories[$0]) }, columns: options.dimension)
  }
}

/// Room for one history's sum.
final class BagRoom {
  private(set) var items: [UInt32] = []
  private(set) var shares: [Float] = []
  private let shareColumn, block: FloatMatrix

  init(_ options: HistoryTower.Options) {
    shareColumn = FloatMatrix(rows: options.length, columns: 1)
    block = FloatMatrix(rows: options.length, columns: options.dimension)
  }

  /// Takes the events of a history that `isKept` says, by their number from the latest.
  func load(_ history: ArraySlice<UInt32>, decay: Float, isKept: (Int) -> Bool) {
    items.removeAll(keepingCapacity: true)
    shares.removeAll(keepingCapacity: true)
    var share: Float = 1
    for (age, item) in history.reversed().enumerated() {
      if isKept(age) {
        items.append(item)
        shares.append(share)
      }
      share *= decay
    }
  }

  /// Writes constant + Σ share · source into a row.
  func sum(_ sources: FloatMatrix, _ constant: FloatMatrix, into out: FloatMatrix, row: Int, kernels: KernelSet) {
    let sum = FloatMatrix(rows: 1, columns: out.columns)
    sum.copyRow(0, of: constant, to: 0)
    kernels.gather(sources, items[...], into: block)
    for (i, share) in shares.enumerated() { shareColumn[i, 0] = share }
    kernels.accumulateTransposed(shareColumn, block, rows: 0..<items.count, into: sum)
    out.copyRow(0, of: sum, to: row)
  }
}
