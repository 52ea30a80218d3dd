import DataSets
package import Kernels
import Ranking
import Vocabulary

/// A ranking model's parameters while they are trained: vectors of users and items, and the layers.
///
/// One writer, as `FloatMatrix` has it: the trainer between its steps.
package final class RankingNetwork: Sendable {
  package let shape: NetworkShape
  /// User vectors `[users, u]` and item vectors `[items, r]`.
  package let users, items: FloatMatrix
  /// Each layer's weights, `[inputs + 1, outputs]`, the bias last.
  package let weights: [FloatMatrix]
  package let side: SideInputs
  /// The same without the bias, `[outputs, inputs]`, kept in step by the code that writes `weights`.
  let transposed: [FloatMatrix]
  let layout: InputLayout
  let kernels: KernelSet

  /// A network of zeros.
  package init(
    _ shape: NetworkShape, userCount: Int, itemCount: Int, side: SideInputs = SideInputs(),
    kernels: KernelSet = KernelSet()
  ) {
    precondition(
      !(shape.usesProduct || shape.usesDot) || shape.userDimension == shape.itemDimension,
      "product and dot need vectors of one width")
    precondition((side.profiles?.rowCapacity ?? userCount) == userCount, "a profile for each user")
    precondition((side.attributes?.rowCapacity ?? itemCount) == itemCount, "attributes for each item")
    precondition(side.crosses.allSatisfy { $0.items.count == itemCount }, "each item's side of a cross")
    precondition(side.contexts == nil || side.users?.contexts.count == userCount, "a context for each user")
    layout = shape.layout(side)
    precondition(shape.layers.isEmpty ? layout.count == 1 && layout.start(of: .dot) != nil : layout.count > 0, "inputs")
    precondition(shape.layers.last?.out ?? 1 == 1, "the last layer has one output")
    self.shape = shape
    self.side = side
    self.kernels = kernels
    users = FloatMatrix(rows: userCount, columns: shape.userDimension)
    items = FloatMatrix(rows: itemCount, columns: shape.itemDimension)
    let inputs = [layout.count] + shape.layers.map(\.out)
    weights = zip(inputs, shape.layers).map { FloatMatrix(rows: $0 + 1, columns: $1.out) }
    transposed = zip(inputs, shape.layers).map { FloatMatrix(rows: $1.out, columns: $0) }
  }

  /// Every parameter: users, items, then each layer's weights.
  package var parameters: [FloatMatrix] { [users, items] + weights }

  /// The mean of the users' vectors, `[u]`: what strangers are served with.
  var meanUser: [Float] { TrainedModel.mean(users, rows: users.rowCapacity) }

  /// Draws start values: vectors from a bell of deviation `deviation`, weights uniform within sqrt(6 / (in + out))
  /// (Glorot, Bengio 2010), biases zero. Users and items before `kept` stay as they are.
  package func initialise(seed: UInt64, deviation: Float = 0.01, keptUsers: Int = 0, keptItems: Int = 0) {
    for (stream, table, kept) in [(1 as UInt64, users, keptUsers), (2, items, keptItems)] {
      let random = CounterRandom(seed: seed, stream: stream)
      for row in kept..<max(kept, table.rowCapacity) {
        table.setRow(
          row, (0..<table.columns).map { Self.bell(random, UInt64(row * table.columns + $0)) * deviation })
      }
    }
    guard keptUsers == 0 && keptItems == 0 else { return }
    for (index, matrix) in weights.enumerated() {
      let random = CounterRandom(seed: seed, stream: UInt64(3 + index))
      let (inputs, outputs) = (matrix.rowCapacity - 1, matrix.columns)
      let limit = (6 / Double(inputs + outputs)).squareRoot()
      for row in 0..<inputs {
        matrix.setRow(
          row, (0..<outputs).map { Float((random.fraction(UInt64(row * outputs + $0)) * 2 - 1) * limit) })
      }
    }
    refreshTransposed()
  }

  /// Sets the weights so that the logit is the retrieval score's input and nothing else, and learning begins from
  /// retrieval's own order: two neurons of each hidden layer carry the score and its negative, and the output reads these
  /// alone. The other hidden neurons keep their start values.
  ///
  /// Does nothing without a retrieval score, or where hidden layers are not of two ReLU or more.
  package func passRetrievalScore() {
    guard let column = layout.start(of: .retrievalScore), let last = weights.last,
      shape.layers.dropLast().allSatisfy({ $0.activation == .relu && $0.out >= 2 })
    else { return }
    for (layer, matrix) in weights.dropLast().enumerated() {
      for row in 0..<matrix.rowCapacity {
        matrix[row, 0] = row == (layer == 0 ? column : 0) ? 1 : 0
        matrix[row, 1] = row == (layer == 0 ? column : 1) ? (layer == 0 ? -1 : 1) : 0
      }
    }
    for row in 0..<last.rowCapacity { last[row, 0] = 0 }
    if weights.count == 1 {
      last[column, 0] = 1
    } else {
      last[0, 0] = 1
      last[1, 0] = -1
    }
    refreshTransposed()
  }

  /// Brings the transposed weights in step after a change from outside.
  package func refreshTransposed() {
    for (matrix, copy) in zip(weights, transposed) {
      kernels.transpose(matrix, rows: 0..<matrix.rowCapacity - 1, into: copy)
    }
  }

  /// Copies the parameters of a network of the same shape.
  package func copy(_ other: RankingNetwork) {
    for (to, from) in zip(parameters, other.parameters) {
      for row in 0..<to.rowCapacity { to.copyRow(row, of: from, to: row) }
    }
    refreshTransposed()
  }

  /// A copy of it with its own parameters, and zeros for more users and items.
  package func extended(userCount: Int, itemCount: Int, side: SideInputs? = nil) -> RankingNetwork {
    let other = RankingNetwork(
      shape, userCount: userCount, itemCount: itemCount, side: side ?? self.side, kernels: kernels)
    for (to, from) in zip(other.parameters, parameters) {
      precondition(to.rowCapacity >= from.rowCapacity && to.columns == from.columns, "nothing is ever taken away")
      for row in 0..<from.rowCapacity { to.copyRow(row, of: from, to: row) }
    }
    other.refreshTransposed()
    return other
  }

  /// The sum of twelve uniform numbers less six: a bell of deviation 1 that every machine draws alike.
  private static func bell(_ random: CounterRandom, _ place: UInt64) -> Float {
    var sum = 0.0
    for i in 0..<12 as Range<UInt64> { sum += random.fraction(place * 12 + i) }
    return Float(sum - 6)
  }
}
