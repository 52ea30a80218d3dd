import DataSets
import Kernels
import Vocabulary

/// Takes a ranking network through its steps: forward, loss, backward, Adam, on as many threads as it is given.
///
/// The gradients of weights are summed within 16 fixed chunks of the batch, the chunks then in order; those of vectors
/// in the order of the batch. So the weights have the same bits at any number of threads.
package final class RankingOptimiser {
  static let chunkCount = 16

  package let network: RankingNetwork
  let options: TrainingOptions
  private let kernels: KernelSet
  private let team: WorkerTeam
  private let passes: [NetworkPass]
  /// First and second moments, in the order of `network.parameters`.
  let moments: [(first: FloatMatrix, second: FloatMatrix)]
  /// Steps done.
  package internal(set) var stepNumber = 0
  private let tables: [RowGradients]
  /// Of each layer `[chunks · (inputs + 1), outputs]`; the sums end in the first block.
  private let weightGradients: [FloatMatrix]
  /// Of the batch's pairs, `[pairs, u]` and `[pairs, r]`.
  private var pairGradients: [FloatMatrix] = []

  package init(_ network: RankingNetwork, _ options: TrainingOptions) {
    self.network = network
    self.options = options
    kernels = network.kernels
    let team = WorkerTeam(count: options.threads)
    self.team = team
    passes = (0..<team.count).map { _ in NetworkPass(network, hasDropout: options.dropout > 0) }
    moments = network.parameters.map {
      (
        FloatMatrix(rows: $0.rowCapacity, columns: $0.columns), FloatMatrix(rows: $0.rowCapacity, columns: $0.columns)
      )
    }
    tables = [network.users, network.items].map { RowGradients(rows: $0.rowCapacity, columns: $0.columns) }
    weightGradients = network.weights.map {
      FloatMatrix(rows: Self.chunkCount * $0.rowCapacity, columns: $0.columns)
    }
  }

  /// Moves the parameters by one step of the options' loss over a batch.
  package func step(_ batch: PairBatch, rate: Float) -> StepReport {
    let report = measure(batch)
    update(batch, rate: rate)
    return report
  }

  /// The first half of a step: losses and gradients, without any change to the network.
  private func measure(_ batch: PairBatch) -> StepReport {
    stepNumber += 1
    let group = options.loss.isGrouped ? 1 + options.negatives : 1
    precondition(batch.count > 0 && batch.count % group == 0, "a batch of whole groups")
    if pairGradients.first?.rowCapacity ?? 0 < batch.count {
      pairGradients = [network.users, network.items].map { FloatMatrix(rows: batch.count, columns: $0.columns) }
    }
    let chunkRows = Self.chunkRows(batch.count, group)
    let chunks = (batch.count + chunkRows - 1) / chunkRows
    let scale = Float(1 / Double(batch.count / group))
    let dropout =
      options.dropout > 0 ? Dropout(rate: options.dropout, step: UInt64(stepNumber), seed: options.seed) : nil
    let run = ChunkRun(
      batch: batch, group: group, loss: options.loss, scale: scale, dropout: dropout, kernels: kernels,
      weightGradients: weightGradients, userGradients: pairGradients[0], itemGradients: pairGradients[1])
    let reports = Lock([StepReport](repeating: StepReport(), count: chunks))
    let passes = PartsByThread(passes)
    team.run(parts: chunks) { chunk, worker in
      let rows = chunk * chunkRows..<min((chunk + 1) * chunkRows, batch.count)
      let report = run.run(chunk, rows: rows, on: passes[worker])
      reports.withLock { $0[chunk] = report }
    }
    var total = StepReport()
    for report in reports.withLock({ $0 }) { total += report }
    return total
  }

  /// The second half: sums the chunks and applies Adam, each thread to its own rows.
  private func update(_ batch: PairBatch, rate: Float) {
    let number = stepNumber
    let group = options.loss.isGrouped ? 1 + options.negatives : 1
    let chunkRows = Self.chunkRows(batch.count, group)
    let chunks = (batch.count + chunkRows - 1) / chunkRows
    let weightStep = AdamStep(
      rate: options.trainable?.layers ?? true ? rate : 0, decay: options.weightDecay, number: number)
    if let trainable = options.trainable {
      // Without a gradient and without moments Adam leaves a row as it is.
      for (index, rows) in [batch.users, batch.items].enumerated() {
        let moves = index == 0 ? trainable.users : trainable.items
        let zeros = [Float](repeating: 0, count: pairGradients[index].columns)
        for (pair, row) in rows.enumerated() where !moves[Int(row)] { pairGradients[index].setRow(pair, zeros) }
      }
    }
    let vectorStep = AdamStep(rate: rate, decay: options.vectorDecay, number: number)
    let idleStep = options.tableOptimiser == .dense ? AdamStep(rate: rate, number: number) : nil
    let (network, kernels, tables, pairGradients) = (network, kernels, tables, pairGradients)
    let (moments, weightGradients, workers) = (moments, weightGradients, team.count)
    let indices = [batch.movedUsers[...], batch.items[...]]
    team.run { worker in
      for (layer, weights) in network.weights.enumerated() {
        let rows = Self.share(weights.rowCapacity, worker, of: workers)
        kernels.sum(blocksOf: weights.rowCapacity, parts: chunks, in: weightGradients[layer], rows: rows)
        let moment = moments[2 + layer]
        kernels.adam(
          weightStep, weightGradients[layer], weights, first: moment.first, second: moment.second, rows: rows)
        let inputs = rows.clamped(to: 0..<weights.rowCapacity - 1)
        kernels.transpose(weights, rows: inputs, into: network.transposed[layer])
      }
      for (index, table) in [network.users, network.items].enumerated() {
        let rows = Self.share(table.rowCapacity, worker, of: workers)
        let touched = tables[index].add(
          pairGradients[index], to: indices[index], range: rows, step: UInt32(truncatingIfNeeded: number),
          kernels: kernels)
        tables[index].adam(
          vectorStep, idle: idleStep, table, first: moments[index].first, second: moments[index].second, range: rows,
          touchedCount: touched, stamp: UInt32(truncatingIfNeeded: number), kernels: kernels)
      }
    }
  }

  /// A step's losses and gradients, in the order of `network.parameters` and without L2, leaving these as they are.
  package func gradients(of batch: PairBatch) -> (report: StepReport, gradients: [[[Float]]]) {
    let report = measure(batch)
    let group = options.loss.isGrouped ? 1 + options.negatives : 1
    let chunkRows = Self.chunkRows(batch.count, group)
    let chunks = (batch.count + chunkRows - 1) / chunkRows
    let stamp = UInt32(truncatingIfNeeded: stepNumber)
    var all: [[[Float]]] = []
    for (index, rows) in [batch.movedUsers, batch.items].enumerated() {
      let range = 0..<tables[index].sums.rowCapacity
      _ = tables[index].add(pairGradients[index], to: rows[...], range: range, step: stamp, kernels: kernels)
      all.append(range.map { tables[index].gradient(of: $0, stamp: stamp) })
    }
    for (weights, gradient) in zip(network.weights, weightGradients) {
      let rows = 0..<weights.rowCapacity
      kernels.sum(blocksOf: weights.rowCapacity, parts: chunks, in: gradient, rows: rows)
      all.append(rows.map { gradient.row($0) })
    }
    return (report, all)
  }

  /// Whether dropout leaves an output of a hidden layer in place for a row of a step's batch.
  package func keepsOutput(layer: Int, row: Int, column: Int, step: Int) -> Bool {
    let probe = FloatMatrix(rows: 1, columns: network.weights[layer].columns)
    probe.setRow(0, [Float](repeating: 1, count: probe.columns))
    let key = Dropout(rate: options.dropout, step: UInt64(step), seed: options.seed).key(layer)
    kernels.dropout(probe, rows: 1, rate: options.dropout, key: key, firstRow: row)
    return probe[0, column] != 0
  }

  /// Rows of a chunk: whole groups, at most 16 chunks.
  private static func chunkRows(_ count: Int, _ group: Int) -> Int {
    (count / group + chunkCount - 1) / chunkCount * group
  }

  /// The rows of one worker, in multiples of 16.
  private static func share(_ count: Int, _ worker: Int, of workers: Int) -> Range<Int> {
    func edge(_ i: Int) -> Int { i == workers ? count : min(count, count * i / workers / 16 * 16) }
    return edge(worker)..<edge(worker + 1)
  }
}
