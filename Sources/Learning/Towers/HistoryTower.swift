package import DataSets
package import Kernels
package import Towers

/// A retrieval tower whose user vector is made of what the user did, in order: u of the vectors of the events.
///
/// It ranks by the inner product with the same item vectors, v(i) = e(i) + n(i)^(−1/2) Σ w(a) over what the item is, trained
/// end to end by sampled softmax on each next event. A shopper who was never seen has a vector as soon as they have done
/// something, and an item as soon as it is described.
package final class HistoryTower: Sendable {
  /// How a tower is shaped and fitted.
  package struct Options: Sendable {
    package var shape = TowerShape(dimension: 64, encoder: .sum, decay: 0.8)
    package var epochs = 15
    /// Next events a step.
    package var batchSize = 1024
    /// Items a step against which its events are judged, drawn once for all of them.
    package var negatives = 1024
    package var distribution: NegativeDistribution = .uniform
    package var learningRate = LearningRate(0.003)
    /// That of the encoder's parameters but the constant.
    package var layerRate: Float = 0.001
    package var tableOptimiser: TableOptimiser = .dense
    /// L2 of vectors that a step names, as a share of the value added to its gradient.
    package var decayOfVectors: Float = 0
    /// Share of a history's events that are left out in training, 0..<1.
    package var eventDropout: Float = 0
    /// Share of components that an encoder's input and blocks leave out in training, 0..<1.
    package var componentDropout: Float = 0
    /// Share of components of events that the decayed sum leaves out in training, 0..<1.
    package var sumDropout: Float = 0
    package var deviation: Float = 0.1
    package var seed: UInt64 = 1
    package var threads = 1

    package init() {}
  }

  package let options: Options
  package let content: ItemContent
  /// e, `[items, d]`.
  package let own: FloatMatrix
  /// w, `[features, d]`.
  package let features: FloatMatrix
  /// v, `[items, d]`, as `refresh` made it last; e itself where items have no features.
  package let vectors: FloatMatrix
  package let parameters: TowerParameters
  let kernels: KernelSet

  /// A tower with drawn values.
  package convenience init(content: ItemContent, _ options: Options, kernels: KernelSet = KernelSet()) {
    let start = RankingNetwork(
      .dotProduct(dimension: options.shape.dimension), userCount: content.features.count,
      itemCount: content.itemCount, kernels: kernels)
    start.initialise(seed: options.seed, deviation: options.deviation)
    self.init(
      content: content, own: start.items, features: start.users,
      TowerParameters(options.shape, seed: options.seed), options, kernels: kernels)
  }

  /// A tower with given values.
  package init(
    content: ItemContent, own: FloatMatrix, features: FloatMatrix, _ parameters: TowerParameters, _ options: Options,
    kernels: KernelSet = KernelSet()
  ) {
    precondition(
      own.rowCapacity == content.itemCount && features.rowCapacity == content.features.count, "a row for each")
    precondition(options.eventDropout >= 0 && options.eventDropout < 1, "dropout")
    self.content = content
    self.own = own
    self.features = features
    self.parameters = parameters
    self.options = options
    self.kernels = kernels
    vectors =
      content.features.isEmpty ? own : FloatMatrix(rows: own.rowCapacity, columns: own.columns)
    let all = Array(0..<UInt32(own.rowCapacity))
    refresh(all[...], content.links(all), 0..<own.rowCapacity)
  }

  /// Makes v of the listed items in a range as e and w are now.
  func refresh(_ items: ArraySlice<UInt32>, _ links: RowLinks, _ range: Range<Int>) {
    guard vectors !== own else { return }
    for item in items where range.contains(Int(item)) { vectors.copyRow(Int(item), of: own, to: Int(item)) }
    kernels.add(features, by: links, to: vectors, range: range)
  }

  /// Leaves of the items without an event what they are: of their e only draws as negatives would speak.
  ///
  /// Items of which nothing is known keep it, since a vector of zeros would stand before all that a user would not take.
  package func forgetDraws(of histories: Histories) {
    let items = histories.popularity.enumerated()
      .filter { $0.element == 0 && !content[$0.offset].isEmpty }.map { UInt32($0.offset) }
    for item in items { own.setRow(Int(item), [Float](repeating: 0, count: own.columns)) }
    refresh(items[...], content.links(items), 0..<own.rowCapacity)
  }

  /// The vector of a user with this history, the oldest event first, `[d]`.
  ///
  /// - Parameter shares: What each event counts; `nil` stands for ones.
  package func query(_ history: ArraySlice<UInt32>, shares: [Float]? = nil) -> [Float] {
    let query = FloatMatrix(rows: 1, columns: options.shape.dimension)
    write(HistoryEncoder(parameters, kernels: kernels), history, shares: shares, to: query, row: 0)
    return query.row(0)
  }

  /// The vectors of all users, `[users, d]`.
  package func queries(_ histories: Histories) -> FloatMatrix {
    let encoder = HistoryEncoder(parameters, kernels: kernels)
    let queries = FloatMatrix(rows: histories.userCount, columns: options.shape.dimension)
    for user in 0..<histories.userCount {
      write(encoder, histories[user], shares: histories.shares(of: user), to: queries, row: user)
    }
    return queries
  }

  private func write(
    _ encoder: HistoryEncoder, _ history: ArraySlice<UInt32>, shares: [Float]?, to queries: FloatMatrix, row: Int
  ) {
    let shape = options.shape
    let count = shape.encoder == .sum ? history.count : min(history.count, shape.length)
    let events = FloatMatrix(rows: max(count, 1), columns: shape.dimension)
    kernels.gather(vectors, history.suffix(count), into: events)
    encoder.query(
      events, count: count, weights: shares.map { Array($0.suffix(count)) }, into: queries, row: row)
  }
}

extension Histories {
  /// The events of a log that count something.
  init(weighing log: Interactions) { self.init(log.filter { log.weights[$0] > 0 }) }

  /// What each event of a user counts in a history tower: its weight, as a share of the greatest in the log.
  func shares(of user: Int) -> [Float] { weights(of: user).map { $0 / weightMax } }
}
