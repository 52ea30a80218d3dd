package import DataSets
import Kernels
package import Towers

/// Trains a history tower: each event of each user is to be told from the events before it.
///
/// Windows go forward and back in chunks on whichever thread is free; slopes of drawn items are summed over the chunks in
/// order, column by column, those of vectors in the order of the step, and those of the encoder chunk by chunk. So threads
/// change no bit.
package final class HistoryTrainer {
  private static let chunkRows = 128

  package let tower: HistoryTower
  private let histories: Histories
  private let windows: HistoryWindows
  private let team: WorkerTeam
  private let sampler: NegativeSampler
  private var chunks: [HistoryChunk] = []
  /// Slopes of the step's vectors: drawn items, then the events' own, then the events that were read.
  private let rows: FloatMatrix
  /// Of e, and of w.
  private let tables: [RowGradients]
  private let moments: HistoryMoments
  /// The step that made an item's vector last, `[items]`.
  private var stamps: [Int]
  private var stepNumber = 0
  private var epoch = 0

  package init(_ tower: HistoryTower, _ histories: Histories) {
    let options = tower.options
    self.tower = tower
    self.histories = histories
    windows = HistoryWindows(histories, options.shape)
    team = WorkerTeam(count: options.threads)
    sampler = NegativeSampler(histories, options.distribution)
    let rowsMax = max(options.batchSize, windows.lengthMax)
    rows = FloatMatrix(rows: options.negatives + 2 * rowsMax, columns: options.shape.dimension)
    tables = [tower.own, tower.features].map { RowGradients(rows: $0.rowCapacity, columns: $0.columns) }
    moments = HistoryMoments(tower)
    stamps = [Int](repeating: 0, count: tower.own.rowCapacity)
  }

  /// Goes once through all events.
  ///
  /// - Returns: The mean loss.
  package func runEpoch() -> Double {
    let options = tower.options
    let steps = windows.steps(
      CounterRandom(seed: options.seed, stream: 0x2000 + UInt64(epoch)), size: options.batchSize)
    var (sum, weight) = (0.0, 0.0)
    for (step, windows) in steps.enumerated() {
      let measured = measure(windows)
      let rate = options.learningRate.rate(
        step: epoch * steps.count + step, of: options.epochs * steps.count, stepsPerEpoch: steps.count)
      update(measured, rate: rate)
      sum += measured.loss
      weight += measured.weight
    }
    epoch += 1
    // Features moved under items that the last steps did not name.
    refresh(Array(0..<UInt32(tower.own.rowCapacity)))
    return sum / max(weight, 1e-30)
  }

  /// Makes v of the listed items, each once.
  private func refresh(_ items: [UInt32]) {
    let (tower, links, workers) = (tower, tower.content.links(items), team.count)
    let count = tower.own.rowCapacity
    team.run { worker in
      tower.refresh(items[...], links, count * worker / workers..<count * (worker + 1) / workers)
    }
  }

  /// The first half of a step: losses and the slopes of all that it names, without any change to the tower.
  private func measure(_ windows: [HistoryWindows.Window]) -> Measured {
    stepNumber += 1
    let (tower, kernels, options) = (tower, tower.kernels, tower.options)
    let drawn = DrawnItems(sampler, options, step: stepNumber)
    let parts = HistoryWindows.packed(windows[...], rows: Self.chunkRows)
    while chunks.count < parts.count {
      chunks.append(
        HistoryChunk(
          options.shape, rows: max(Self.chunkRows, self.windows.lengthMax), negatives: options.negatives,
          kernels: kernels))
    }
    refresh(named(by: windows, drawn.items))
    drawn.load(tower.vectors, kernels)
    let weight = windows.reduce(0.0) { sum, window in
      histories.weights(of: Int(window.user)).dropFirst(window.start + 1).prefix(window.count)
        .reduce(sum) { $0 + Double($1) }
    }
    let step = HistoryChunk.Step(
      tower: tower, histories: histories, drawn: drawn, scale: Float(1 / max(weight, 1e-30)), number: stepNumber)
    var firstRows = [0]
    for part in parts { firstRows.append((firstRows.last ?? 0) + part.reduce(0) { $0 + $1.count }) }
    let (used, starts) = (PartsByThread(Array(chunks.prefix(parts.count))), firstRows)
    team.run(parts: parts.count) { part, _ in used[part].run(parts[part], firstRow: starts[part], step) }
    let (rows, workers, s) = (rows, team.count, options.negatives)
    team.run { worker in
      let columns = s * worker / workers..<s * (worker + 1) / workers
      for chunk in 0..<parts.count {
        kernels.accumulateTransposed(
          used[chunk].logits, columns: columns, used[chunk].pass.queries, rows: used[chunk].count, into: rows,
          continuing: chunk > 0)
      }
    }
    return collect(drawn, chunks[..<parts.count], weight: weight)
  }

  /// The items that a step names, each once.
  private func named(by windows: [HistoryWindows.Window], _ drawn: [UInt32]) -> [UInt32] {
    var named: [UInt32] = []
    func add(_ item: UInt32) {
      guard stamps[Int(item)] != stepNumber else { return }
      stamps[Int(item)] = stepNumber
      named.append(item)
    }
    drawn.forEach(add)
    for window in windows {
      histories[Int(window.user)].dropFirst(window.start).prefix(window.count + 1).forEach(add)
    }
    return named
  }

  /// Puts the slopes of all vectors one below the other, and adds up those of the parameters.
  private func collect(_ drawn: DrawnItems, _ chunks: ArraySlice<HistoryChunk>, weight: Double) -> Measured {
    var items = drawn.items
    for part in [\HistoryChunk.ownSide, \HistoryChunk.readSide] {
      for chunk in chunks {
        let (list, slopes) = chunk[keyPath: part]
        for row in 0..<list.count { rows.copyRow(row, of: slopes, to: items.count + row) }
        items += list
      }
    }
    if let first = chunks.first {
      for chunk in chunks.dropFirst() { chunk.slopes.add(to: first.slopes, tower.kernels) }
    }
    return Measured(
      loss: chunks.reduce(0) { $0 + $1.loss }, weight: weight, items: items, drawn: drawn.items,
      shares: chunks.flatMap(\.shares), slopes: chunks.first?.slopes ?? TowerParameters(tower.options.shape))
  }

  /// The second half: the slopes of e and w, then Adam, each thread on its own rows.
  private func update(_ measured: Measured, rate: Float) {
    let (tower, tables, moments, kernels, workers) = (tower, tables, moments, tower.kernels, team.count)
    let options = tower.options
    let (stamp, rows, items) = (UInt32(truncatingIfNeeded: stepNumber), rows, measured.items[...])
    let adam = AdamStep(rate: rate, decay: options.decayOfVectors, number: stepNumber)
    let idle = options.tableOptimiser == .dense ? AdamStep(rate: rate, number: stepNumber) : nil
    @Sendable func range(_ table: FloatMatrix, _ worker: Int) -> Range<Int> {
      table.rowCapacity * worker / workers..<table.rowCapacity * (worker + 1) / workers
    }
    team.run { worker in
      let range = range(tower.own, worker)
      let touched = tables[0].add(rows, to: items, range: range, step: stamp, kernels: kernels)
      tables[0].adam(
        adam, idle: idle, tower.own, first: moments.own.first, second: moments.own.second, range: range,
        touchedCount: touched, stamp: stamp, kernels: kernels)
    }
    let links = featureLinks(measured)
    team.run { worker in
      let range = range(tower.features, worker)
      let touched = tables[1].add(tables[0].sums, by: links, range: range, step: stamp, kernels: kernels)
      tables[1].adam(
        adam, idle: idle, tower.features, first: moments.features.first, second: moments.features.second, range: range,
        touchedCount: touched, stamp: stamp, kernels: kernels)
    }
    let layers = AdamStep(
      rate: options.learningRate.peak > 0 ? options.layerRate * rate / options.learningRate.peak : 0,
      number: stepNumber)
    moments.step(tower.parameters, measured.slopes, constant: AdamStep(rate: rate, number: stepNumber), layers, kernels)
  }

  /// From the items of a step, each once and ascending in the order in which they are named, to their features.
  private func featureLinks(_ measured: Measured) -> RowLinks {
    guard !tower.content.features.isEmpty else { return RowLinks() }
    var seen = Set<UInt32>()
    return tower.content.links(measured.items.filter { seen.insert($0).inserted }).reversed
  }

  /// A step's sum of losses and the slopes of their mean, without L2, leaving the tower as it is.
  ///
  /// - Parameter users: Whose latest windows are foretold, at most a batch.
  package func slopes(of users: [Int]) -> Slopes {
    let measured = measure(users.flatMap { user in windows.windows.filter { $0.user == UInt32(user) } })
    let stamp = UInt32(truncatingIfNeeded: stepNumber)
    let kernels = tower.kernels
    _ = tables[0].add(
      rows, to: measured.items[...], range: 0..<tower.own.rowCapacity, step: stamp, kernels: kernels)
    _ = tables[1].add(
      tables[0].sums, by: featureLinks(measured), range: 0..<tower.features.rowCapacity, step: stamp, kernels: kernels)
    return Slopes(
      loss: measured.loss, weight: measured.weight, drawn: measured.drawn, shares: measured.shares,
      tables: tables.map { table in (0..<table.sums.rowCapacity).map { table.gradient(of: $0, stamp: stamp) } },
      parameters: measured.slopes)
  }

  /// The slopes of one step.
  package struct Slopes {
    package let loss, weight: Double
    /// Items that the events were judged against.
    package let drawn: [UInt32]
    /// What each event that was read counted, window after window.
    package let shares: [Float]
    /// Of e `[items, d]`, and of w `[features, d]`.
    package let tables: [[[Float]]]
    package let parameters: TowerParameters
  }

  private struct Measured {
    let loss, weight: Double
    /// Of each row of `rows`.
    let items, drawn: [UInt32]
    let shares: [Float]
    let slopes: TowerParameters
  }
}
