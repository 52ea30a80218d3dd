package import DataSets
package import Kernels
import Towers

/// Alternating least squares on implicit feedback: the retrieval tower that fits exactly what it is asked to.
///
/// Hu, Koren, Volinsky 2008, in the form of Rendle et al., "Revisiting the Performance of iALS", RecSys 2022: the sum over
/// events of w (u·v − 1)², plus α₀ (u·v)² over all pairs, plus λ (Σw + α₀ n)^ν ‖·‖² of each vector, where n is the number
/// of vectors on the other side.
package final class ImplicitALS {
  /// Options of the fit.
  package struct Options: Sendable {
    package var dimension = 64
    /// α₀, the weight of a pair that did not happen.
    package var unobservedWeight: Float = 0.1
    /// λ.
    package var regularisation: Float = 0.003
    /// ν: 1 regularises by frequency, 0 all alike.
    package var frequencyExponent: Float = 1
    /// Deviation of an initial vector's length.
    package var deviation: Float = 0.1
    package var seed: UInt64 = 1
    package var threads = 1

    package init() {}
  }

  package let users, items: FloatMatrix
  private let options: Options
  private let kernels: KernelSet
  private let team: WorkerTeam
  private let byUser, byItem: Rows

  package convenience init(_ log: Interactions, _ options: Options = Options(), kernels: KernelSet = KernelSet()) {
    let deviation = options.deviation / Float(options.dimension).squareRoot()
    let start = RankingNetwork(
      .dotProduct(dimension: options.dimension), userCount: log.userCount, itemCount: log.itemCount, kernels: kernels)
    start.initialise(seed: options.seed, deviation: deviation)
    self.init(log, options, users: start.users, items: start.items, kernels: kernels)
  }

  /// Goes on from vectors, `[log.userCount, d]` and `[log.itemCount, d]`, which it changes.
  package init(
    _ log: Interactions, _ options: Options, users: FloatMatrix, items: FloatMatrix, kernels: KernelSet = KernelSet()
  ) {
    self.options = options
    self.kernels = kernels
    team = WorkerTeam(count: options.threads)
    byUser = Rows(log.users, log.items, log.weights, count: log.userCount)
    byItem = Rows(log.items, log.users, log.weights, count: log.itemCount)
    self.users = users
    self.items = items
  }

  /// One iteration: all users given the items, then all items given the users.
  package func iterate() {
    solve(byUser, users, given: items)
    solve(byItem, items, given: users)
  }

  /// The same for some of them; the others keep their bits.
  package func iterate(users someUsers: [Int], items someItems: [Int]) {
    solve(byUser, users, given: items, only: someUsers)
    solve(byItem, items, given: users, only: someItems)
  }

  /// The vectors of users from events alone, against the items as they are, `[log.userCount, d]`: for shoppers who were
  /// not there in training.
  package func foldIn(_ log: Interactions) -> FloatMatrix {
    precondition(log.itemCount <= items.rowCapacity, "items that were there in training")
    let vectors = FloatMatrix(rows: log.userCount, columns: options.dimension)
    solve(Rows(log.users, log.items, log.weights, count: log.userCount), vectors, given: items)
    return vectors
  }

  private func solve(_ rows: Rows, _ vectors: FloatMatrix, given others: FloatMatrix, only listed: [Int]? = nil) {
    let (options, kernels) = (options, kernels)
    let d = options.dimension
    let gram = FloatMatrix(rows: d, columns: d)
    kernels.accumulateTransposed(others, others, rows: 0..<others.rowCapacity, into: gram)
    for row in 0..<d {
      gram.withMutableRow(row) { values in
        for column in 0..<d { values[column] *= options.unobservedWeight }
      }
    }
    let count = listed?.count ?? vectors.rowCapacity
    let partRows = 64
    let othersCount = Float(others.rowCapacity)
    let rooms = SolveRooms((0..<team.count).map { _ in SolveRoom(dimension: d) })
    team.run(parts: (count + partRows - 1) / partRows) { part, worker in
      let room = rooms[worker]
      for place in part * partRows..<min((part + 1) * partRows, count) {
        let row = listed?[place] ?? place
        let (indices, weights) = rows[row]
        room.load(others, indices, weights, gram: gram, kernels: kernels)
        let mass = weights.reduce(0, +) + options.unobservedWeight * othersCount
        let penalty =
          options.regularisation * Float(Transcendental.power(Double(mass), Double(options.frequencyExponent)))
        vectors.copyRow(0, of: room.solution(penalty: penalty, kernels: kernels), to: row)
      }
    }
  }

  /// Events by one side's index.
  private struct Rows: Sendable {
    private var offsets: [Int]
    private var others: [UInt32]
    private var weights: [Float]

    init(_ keys: [UInt32], _ values: [UInt32], _ weights: [Float], count: Int) {
      var starts = [Int](repeating: 0, count: count + 1)
      for key in keys { starts[Int(key) + 1] += 1 }
      for i in 0..<count { starts[i + 1] += starts[i] }
      offsets = starts
      others = [UInt32](repeating: 0, count: keys.count)
      self.weights = [Float](repeating: 0, count: keys.count)
      for i in keys.indices {
        let at = starts[Int(keys[i])]
        others[at] = values[i]
        self.weights[at] = weights[i]
        starts[Int(keys[i])] += 1
      }
    }

    subscript(row: Int) -> (ArraySlice<UInt32>, ArraySlice<Float>) {
      let range = offsets[row]..<offsets[row + 1]
      return (others[range], weights[range])
    }
  }
}
