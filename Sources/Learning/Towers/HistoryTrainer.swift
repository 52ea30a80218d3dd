package import DataSets
import Vocabulary
import Kernels

/// Trains a history tower: each event of each user is to be told from the events before it.
///
/// Chunks of 32 events go forward on whichever thread is free; gradients of drawn items are summed over the events in
/// order, column by column; so threads change no bit.
package final class HistoryTrainer {
  private static let chunkRows = 32

  package let tower: HistoryTower
  private let options: HistoryTower.Options
  private let histories: Histories
  private let kernels: KernelSet
  private let team: WorkerTeam
  private let sampler: NegativeSampler
  /// Events to be foretold: user and place in the history, from 1 on.
  private let events: [(user: UInt32, place: UInt32)]
  private let chunks: [HistoryChunk]
  private let drawn: FloatMatrix
  private let drawnAcross: FloatMatrix
  /// Gradient rows of drawn items, then of the events' own; and of the histories' items.
  private let targetRows, sourceRows: FloatMatrix
  private let tables: [RowGradients]
  private let moments: [(first: FloatMatrix, second: FloatMatrix)]
  private var stepNumber = 0
  private var epoch = 0

  package init(_ tower: HistoryTower, _ histories: Histories) {
    self.tower = tower
    self.histories = histories
    options = tower.options
    kernels = tower.kernels
    team = WorkerTeam(count: options.threads)
    sampler = NegativeSampler(histories, options.distribution)
    var events: [(UInt32, UInt32)] = []
    for user in 0..<histories.userCount {
      for place in 1..<max(1, histories[user].count) { events.append((UInt32(user), UInt32(place))) }
    }
    self.events = events
    let (b, s, d) = (options.batchSize, options.negatives, options.dimension)
    let options = tower.options
    chunks = (0..<(b + Self.chunkRows - 1) / Self.chunkRows).map { _ in
      HistoryChunk(rows: Self.chunkRows, negatives: s, options)
    }
    drawn = FloatMatrix(rows: s + 1, columns: d)
    drawnAcross = FloatMatrix(rows: d, columns: s + 1)
    targetRows = FloatMatrix(rows: s + b, columns: d)
    sourceRows = FloatMatrix(rows: (s + b) + b * options.length, columns: d)
    let matrices =
      tower.options.isTied ? [tower.targets, tower.constant] : [tower.targets, tower.constant, tower.sources]
    moments = matrices.map {
      (FloatMatrix(rows: $0.rowCapacity, columns: d), FloatMatrix(rows: $0.rowCapacity, columns: d))
    }
    tables = (tower.options.isTied ? [tower.targets] : [tower.targets, tower.sources]).map {
      RowGradients(rows: $0.rowCapacity, columns: d)
    }
  }

  /// Goes once through all events.
  ///
  /// - Returns: The mean loss.
  package func runEpoch() -> Double {
    var order = Array(events.indices)
    let random = CounterRandom(seed: options.seed, stream: 0x2000 + UInt64(epoch))
    var shuffle = SplitMix64(seed: random.bits(.max))
    for i in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(i, shuffle.below(i + 1)) }
    let steps = (order.count + options.batchSize - 1) / options.batchSize
    var sum = 0.0
    for step in 0..<steps {
      let batch = order[step * options.batchSize..<min((step + 1) * options.batchSize, order.count)].map { events[$0] }
      let rate = options.learningRate.rate(
        step: epoch * steps + step, of: options.epochs * steps, stepsPerEpoch: steps)
      sum += self.step(batch, rate: rate)
    }
    epoch += 1
    return order.isEmpty ? 0 : sum / Double(order.count)
  }

  private func step(_ batch: [(user: UInt32, place: UInt32)], rate: Float) -> Double {
    let measured = measure(batch)
    update(measured, rate)
    return measured.loss
  }

  /// The first half of a step: losses and the gradients of every row that it names, without any change to the tower.
  private func measure(_ batch: [(user: UInt32, place: UInt32)]) -> Measured {
    stepNumber += 1
    let (s, number) = (options.negatives, stepNumber)
    let draws = CounterRandom(seed: options.seed, stream: 0x3000)
    let items = (0..<s).map { UInt32(sampler.draw(draws, UInt64(number * s + $0))) }
    // How often each is expected among the drawn: without this the popular would be held down (Jean et al. 2015).
    let probabilities = sampler.probabilities
    func correction(_ item: UInt32) -> Float {
      -Float(Transcendental.log(Double(s) * max(probabilities[Int(item)], 1e-12)))
    }
    let corrections = items.map(correction)
    kernels.gather(tower.targets, items[...], into: drawn)
    kernels.transpose(drawn, rows: 0..<s + 1, into: drawnAcross)
    let chunkCount = (batch.count + Self.chunkRows - 1) / Self.chunkRows
    let (tower, options, histories, targetRows) = (tower, options, histories, targetRows)
    let (drawn, drawnAcross, chunks) = (drawn, drawnAcross, Chunks(chunks))
    let isUniform = options.distribution == .uniform
    team.run(parts: chunkCount) { chunk, _ in
      let rows = chunk * Self.chunkRows..<min((chunk + 1) * Self.chunkRows, batch.count)
      chunks[chunk].run(
        batch[rows], firstRow: rows.lowerBound, batchCount: batch.count, step: number, tower: tower,
        histories: histories, drawn: drawn, drawnAcross: drawnAcross, items: items, corrections: corrections,
        positiveCorrection: isUniform ? nil : probabilities, targetRows: targetRows)
    }
    let workers = team.count
    let kernels = kernels
    team.run { worker in
      let columns = s * worker / workers..<s * (worker + 1) / workers
      for chunk in 0..<chunkCount {
        kernels.accumulateTransposed(
          chunks[chunk].logits, columns: columns, chunks[chunk].queries, rows: chunks[chunk].count, into: targetRows,
          continuing: chunk > 0)
      }
    }
    return collect(
      drawn: items,
      items + batch.map { histories[Int($0.user)][histories[Int($0.user)].startIndex + Int($0.place)] },
      self.chunks.prefix(chunkCount))
  }

  /// Puts the gradients of the histories' items beside those of the targets.
  private func collect(drawn: [UInt32], _ targets: [UInt32], _ used: ArraySlice<HistoryChunk>) -> Measured {
    let constantGradient = FloatMatrix(rows: 1, columns: options.dimension)
    // The histories' rows follow the targets' where one table has both.
    var indices = options.isTied ? targets : []
    if options.isTied {
      for row in 0..<targets.count { sourceRows.copyRow(row, of: targetRows, to: row) }
    }
    let ones = FloatMatrix(rows: Self.chunkRows, columns: 1)
    for row in 0..<Self.chunkRows { ones[row, 0] = 1 }
    for chunk in used {
      kernels.accumulateTransposed(ones, chunk.gradients, rows: 0..<chunk.count, into: constantGradient)
      for row in 0..<chunk.count {
        let (items, shares) = chunk.bags[row]
        for (item, share) in zip(items, shares) {
          let to = indices.count
          indices.append(item)
          chunk.gradients.withRow(row) { from in
            sourceRows.withMutableRow(to) { out in
              for column in out.indices { out[column] = share * from[column] }
            }
          }
        }
      }
    }
    return Measured(
      loss: used.reduce(0) { $0 + $1.loss }, drawn: drawn, bags: used.flatMap(\.bags),
      tables: options.isTied
        ? [(sourceRows, indices)] : [(targetRows, targets), (sourceRows, indices)], constant: constantGradient)
  }

  /// The second half: Adam, each thread on its own rows.
  private func update(_ measured: Measured, _ rate: Float) {
    let (tower, tables, moments, kernels, workers) = (tower, tables, moments, kernels, team.count)
    let stamp = UInt32(truncatingIfNeeded: stepNumber)
    let adam = AdamStep(rate: rate, decay: options.decayOfVectors, number: stepNumber)
    let plain = AdamStep(rate: rate, number: stepNumber)
    let rows = measured.tables
    team.run { worker in
      let range = tower.targets.rowCapacity * worker / workers..<tower.targets.rowCapacity * (worker + 1) / workers
      for (index, matrix) in [tower.targets, tower.sources].prefix(tables.count).enumerated() {
        let touched = tables[index].add(
          rows[index].rows, to: rows[index].indices[...], range: range, step: stamp, kernels: kernels)
        let moment = moments[index == 0 ? 0 : 2]
        tables[index].adam(
          adam, idle: nil, matrix, first: moment.first, second: moment.second, range: range, touchedCount: touched,
          stamp: stamp, kernels: kernels)
      }
    }
    kernels.adam(
      plain, measured.constant, tower.constant, first: moments[1].first, second: moments[1].second, rows: 0..<1)
  }

  /// A step's sum of losses and gradients of their mean, without L2, leaving the tower as it is.
  ///
  /// - Parameter batch: Events to be foretold, at most a batch: user and place in the history, from 1 on.
  package func gradients(of batch: [(user: UInt32, place: UInt32)]) -> Gradients {
    let measured = measure(batch)
    let range = 0..<tower.targets.rowCapacity
    let all = zip(tables, measured.tables).map { table, rows in
      let stamp = UInt32(truncatingIfNeeded: stepNumber)
      _ = table.add(rows.rows, to: rows.indices[...], range: range, step: stamp, kernels: kernels)
      return range.map { table.gradient(of: $0, stamp: stamp) }
    }
    return Gradients(
      loss: measured.loss, drawn: measured.drawn, shares: measured.bags.map(\.shares), tables: all,
      constant: measured.constant.row(0))
  }

  /// The gradients of one step.
  package struct Gradients {
    package let loss: Double
    /// Items that the events were judged against.
    package let drawn: [UInt32]
    /// Of each event, what the events before it counted that were not left out, the latest first.
    package let shares: [[Float]]
    /// Of the target vectors and, unless tied, of the source vectors, `[items, d]`.
    package let tables: [[[Float]]]
    package let constant: [Float]
  }

  private struct Measured {
    let loss: Double
    let drawn: [UInt32]
    let bags: [(items: [UInt32], shares: [Float])]
    let tables: [(rows: FloatMatrix, indices: [UInt32])]
    let constant: FloatMatrix
  }

  /// The chunks of a batch, each of which only one thread uses at a time.
  @safe private struct Chunks: @unchecked Sendable {
    // SAFETY: a part of the first job uses its own chunk only; the second job reads them all.
    private let chunks: [HistoryChunk]
    init(_ chunks: [HistoryChunk]) { self.chunks = chunks }
    subscript(index: Int) -> HistoryChunk { chunks[index] }
  }
}
