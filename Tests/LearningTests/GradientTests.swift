import Kernels
import Learning
import Ranking
import Support
import Testing

struct GradientTests {
  /// A small network whose every part has something in it.
  static func network(
    _ shape: NetworkShape, side: Bool = false, kernels: KernelSet = KernelSet(), seed: UInt64 = 5
  ) -> RankingNetwork {
    var random = SeededRandom(seed: seed)
    func matrix(_ rows: Int, _ columns: Int) -> FloatMatrix {
      FloatMatrix(rows: (0..<rows).map { _ in random.floats(columns) }, columns: columns)
    }
    let (users, items) = (7, 9)
    let network = RankingNetwork(
      shape, userCount: users, itemCount: items,
      side: side
        ? SideInputs(
          profiles: matrix(users, 2), attributes: matrix(items, 3),
          retrieval: .init(
            queries: matrix(users, 5), embeddings: matrix(items, 5),
            normalisation: Normalisation(mean: 0.25, scale: 1.5)))
        : SideInputs(), kernels: kernels)
    for matrix in network.parameters {
      for row in 0..<matrix.rowCapacity { matrix.setRow(row, random.floats(matrix.columns, in: -0.8...0.8)) }
    }
    network.refreshTransposed()
    return network
  }

  static func batch(groups: Int, group: Int, seed: UInt64 = 6) -> PairBatch {
    var random = SeededRandom(seed: seed)
    var batch = PairBatch()
    for _ in 0..<groups {
      let user = UInt32.random(in: 0..<7, using: &random)
      let weight = Float.random(in: 0.5...2, using: &random)
      for place in 0..<group {
        batch.users.append(user)
        batch.items.append(UInt32.random(in: 0..<9, using: &random))
        batch.targets.append(group == 1 ? Float(random.next() % 2) : place == 0 ? 1 : 0)
        batch.weights.append(weight)
      }
    }
    return batch
  }

  /// - Parameter events: Number of events that the pairs may be about; 0 for none.
  static func check(_ network: RankingNetwork, _ loss: RankingLoss, dropout: Float = 0, events: Int = 0) {
    let group = loss.isGrouped ? 4 : 1
    var batch = batch(groups: 19, group: group)
    if events > 0 { batch.events = (0..<batch.count).map { UInt32($0 / group * 7 % events) } }
    var options = TrainingOptions()
    options.loss = loss
    options.negatives = 3
    options.dropout = dropout
    options.threads = 2
    let optimiser = RankingOptimiser(network, options)
    let (report, gradients) = optimiser.gradients(of: batch)
    var twin = Float64Twin(network)
    if dropout > 0 {
      twin.dropout = (
        Double(dropout), { optimiser.keepsOutput(layer: $0, row: $1, column: $2, step: 1) }
      )
    }
    #expect(abs(report.loss - twin.loss(batch, loss, group: group)) < 1e-5)
    for (p, rows) in gradients.enumerated() {
      for (r, row) in rows.enumerated() {
        for (c, gradient) in row.enumerated() {
          let slope = twin.slope((p, r, c), batch, loss, group: group)
          #expect(abs(Double(gradient) - slope) < 2e-6 + 2e-5 * abs(slope), "parameter \(p) row \(r) column \(c)")
        }
      }
    }
  }

  @Test(arguments: Activation.allCases, RankingLoss.allCases)
  func everyLayerAndLossHasTheSlopesOfFloat64(activation: Activation, loss: RankingLoss) {
    Self.check(
      Self.network(
        NetworkShape(
          dimension: 5, hidden: [17, 6], activation: activation, usesUser: true, usesItem: true, usesProduct: true,
          usesDot: true)), loss)
  }

  @Test func fixedInputsTakePartAndVectorsMayDifferInWidth() {
    Self.check(Self.network(NetworkShape(dimension: 4, hidden: [8], usesDot: true), side: true), .crossEntropy)
    Self.check(
      Self.network(
        NetworkShape(
          userDimension: 3, itemDimension: 18,
          layers: [.init(out: 5, activation: .tanh), .init(out: 1, activation: .none)]), side: true), .listwise)
  }

  @Test(arguments: RankingLoss.allCases)
  func theInnerProductAloneCanBeTheLogit(loss: RankingLoss) {
    Self.check(Self.network(.dotProduct(dimension: 6)), loss)
    Self.check(Self.network(.dotProduct(dimension: 16)), loss)
  }

  @Test func droppedOutputsPassNothingBack() {
    Self.check(
      Self.network(NetworkShape(dimension: 4, hidden: [20, 7], activation: .gelu)), .crossEntropy, dropout: 0.4)
    Self.check(
      Self.network(NetworkShape(dimension: 4, hidden: [20, 7], activation: .sigmoid)), .listwise, dropout: 0.3)
  }

  @Test(arguments: RankingLoss.allCases, [TableOptimiser.dense, .rowLazy])
  func threadsAndInstructionSetsChangeNoBit(loss: RankingLoss, tables: TableOptimiser) {
    let shape = NetworkShape(
      dimension: 20, hidden: [33, 16], activation: .gelu, usesProduct: true, usesDot: true)
    var expected: [[[UInt32]]]?
    for kernels in InstructionSet.available.map({ KernelSet($0) }) {
      for threads in kernels.instructionSet == .best ? [1, 2, 5] : [1] {
        let network = Self.network(shape, side: true, kernels: kernels)
        var options = TrainingOptions()
        options.loss = loss
        options.negatives = 3
        options.dropout = 0.2
        options.weightDecay = 0.01
        options.vectorDecay = 0.02
        options.tableOptimiser = tables
        options.threads = threads
        let optimiser = RankingOptimiser(network, options)
        for step in 0..<4 {
          _ = optimiser.step(
            Self.batch(groups: 61, group: loss.isGrouped ? 4 : 1, seed: UInt64(step)), rate: 0.01)
        }
        let bits = network.parameters.map { matrix in
          (0..<matrix.rowCapacity).map { matrix.row($0).map(\.bitPattern) }
        }
        if let expected { #expect(bits == expected, "\(kernels.instructionSet) \(threads)") }
        expected = expected ?? bits
      }
    }
  }
}
