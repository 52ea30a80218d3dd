import DataSets
package import Kernels
package import Towers
import Vocabulary

/// Trains a text tower: each query is to be told its item among those of the other queries, drawn ones, and some that are
/// known not to fit (softmax of inner products over a temperature; row-wise Adagrad).
///
/// Queries go forward and back in chunks on whichever thread is free. Slopes of items are summed over the chunks in order,
/// those of rows of the table in the order of the batch, so that threads change no bit.
package final class TextTrainer {
  private static let chunkRows = 32

  package let options: TextTrainingOptions
  /// `[rows, dt]`.
  package let table: FloatMatrix
  /// Of row-wise Adagrad, `[rows, 1]`.
  let squares: FloatMatrix
  /// Finished passes.
  package internal(set) var epoch = 0
  private let corpus: TextCorpus
  private let pairs: [TextPair]
  private let gradients: RowGradients
  private let team: WorkerTeam
  private let kernels: KernelSet
  private var step: UInt32 = 0

  /// - Parameter start: A tower of the same sizes to train further; `nil` begins with random rows.
  package init(
    _ corpus: TextCorpus, pairs: [TextPair] = [], _ options: TextTrainingOptions, from start: TextStart? = nil,
    kernels: KernelSet = KernelSet()
  ) {
    self.corpus = corpus
    self.pairs = pairs
    self.options = options
    self.kernels = kernels
    table = FloatMatrix(rows: options.rowCount, columns: options.dimension)
    squares = FloatMatrix(rows: options.rowCount, columns: 1)
    gradients = RowGradients(rows: options.rowCount, columns: options.dimension)
    team = WorkerTeam(count: options.threads)
    if let start {
      table.copyRows(0..<options.rowCount, of: start.table, to: 0)
      squares.copyRows(0..<options.rowCount, of: start.squares, to: 0)
      return
    }
    let random = CounterRandom(seed: options.seed, stream: 0x5001)
    for row in 0..<options.rowCount {
      let first = UInt64(row * options.dimension)
      table.setRow(row, (0..<UInt64(options.dimension)).map { Float(random.fraction(first + $0) - 0.5) * 0.02 })
    }
  }

  /// Passes that there are: through the items, then through the pairs if there are any.
  package var epochs: Int { options.titlePasses + (pairs.isEmpty ? 0 : options.pairPasses) }

  /// The tower as it is now.
  package var tower: TextTower { TextTower(table) }

  /// The tower as it is now, which later passes do not change.
  var copy: TextTower {
    let copy = FloatMatrix(rows: options.rowCount, columns: options.dimension)
    copy.copyRows(0..<options.rowCount, of: table, to: 0)
    return TextTower(copy)
  }

  /// Goes once through the items, or the pairs.
  ///
  /// - Parameter shouldStop: Asked after every step.
  /// - Returns: The mean loss; `nil` if it was stopped, and then the pass cannot be gone on with.
  package func runEpoch(shouldStop: () -> Bool = { false }) -> Double? {
    let isOfPairs = epoch >= options.titlePasses
    let rate = options.learningRate * (isOfPairs ? TextTrainingOptions.pairRate : 1)
    let titles = permutation(corpus.count)
    let order = isOfPairs ? permutation(pairs.count) : titles
    let perStep =
      isOfPairs
      ? max(1, options.batchSize - Int(Double(options.batchSize) * options.titleShare)) : options.batchSize
    var (sum, weight) = (0.0, 0.0)
    for (number, start) in stride(from: 0, to: order.count, by: perStep).enumerated() {
      let chosen = order[start..<min(start + perStep, order.count)]
      let more = options.batchSize - perStep
      let batch =
        isOfPairs
        ? batch(pairs: chosen, titles: (0..<more).map { titles[(number * more + $0) % titles.count] }, number)
        : batch(pairs: [], titles: Array(chosen), number)
      guard !batch.queries.isEmpty else { continue }
      let measured = measure(batch)
      update(measured.links, measured.slopes, rate: rate)
      let batchWeight = batch.weights.reduce(0) { $0 + Double($1) }
      sum += measured.loss * batchWeight
      weight += batchWeight
      if shouldStop() { return nil }
    }
    epoch += 1
    return sum / max(weight, 1e-30)
  }

  private func permutation(_ count: Int) -> [Int] {
    var random = SplitMix64(seed: CounterRandom(seed: options.seed, stream: 0x5002).bits(UInt64(epoch)))
    var order = Array(0..<count)
    for place in stride(from: count - 1, to: 0, by: -1) { order.swapAt(place, random.below(place + 1)) }
    return order
  }

  // MARK: Batches

  private func batch(pairs chosen: ArraySlice<Int>, titles: [Int], _ number: Int) -> TextBatch {
    var batch = TextBatch()
    let sampler = TextSampler(corpus: corpus, options: options)
    // Positions of draws: the pass, the step, and the place in it.
    let first = UInt64(epoch) << 48 | UInt64(number) << 16
    for pair in chosen.map({ pairs[$0] }) {
      batch.add(
        TextFeatures([pair.query], rowCount: options.rowCount), corpus.features[Int(pair.item)], number: pair.item,
        weight: pair.weight)
    }
    for (place, item) in titles.enumerated() {
      guard let sample = sampler.sample(item, number: first + UInt64(place)) else { continue }
      batch.add(sample.query, sample.item, number: UInt32(item), weight: 1)
    }
    let random = CounterRandom(seed: options.seed, stream: 0x5003)
    for draw in 0..<UInt64(options.negatives) {
      let item = random.below(corpus.count, first + draw)
      batch.add(corpus.features[item], number: UInt32(item))
    }
    for pair in chosen.map({ pairs[$0] }) {
      for item in pair.bad.prefix(TextTrainingOptions.hardMax) { batch.add(corpus.features[Int(item)], number: item) }
    }
    return batch
  }

  // MARK: A step

  private struct Measured {
    let loss: Double
    /// From the texts of the batch, queries and then items, to the rows of the table.
    let links: RowLinks
    /// Of the sums of the texts, before they are brought to length 1.
    let slopes: FloatMatrix
  }

  /// The loss of a batch and the slopes of its mean, leaving the table as it is.
  private func measure(_ batch: TextBatch) -> Measured {
    let (d, queries) = (options.dimension, batch.queries.count)
    let texts = batch.queries + batch.items
    var links = RowLinks()
    for (text, features) in texts.enumerated() {
      for (row, weight) in zip(features.rows, features.weights) {
        links.append(from: UInt32(text), to: row, share: weight)
      }
    }
    // Sums, then vectors of length 1.
    let vectors = FloatMatrix(rows: texts.count, columns: d)
    let (table, kernels, workers, forth) = (table, kernels, team.count, links.reversed)
    team.run { worker in
      kernels.add(
        table, by: forth, to: vectors, range: texts.count * worker / workers..<texts.count * (worker + 1) / workers)
    }
    var lengths: [Float] = []
    for text in texts.indices {
      let sum = vectors.row(text)
      lengths.append(Float(kernels.normSquared(sum).squareRoot()))
      vectors.setRow(text, TextTower.unit(sum))
    }
    let items = FloatMatrix(rows: batch.items.count, columns: d)
    items.copyRows(queries..<texts.count, of: vectors, to: 0)
    let across = FloatMatrix(rows: d, columns: batch.items.count)
    kernels.transpose(items, rows: 0..<batch.items.count, into: across)
    let scale = 1 / max(batch.weights.reduce(0, +), 1e-30)
    let chunks = stride(from: 0, to: queries, by: Self.chunkRows).map { start in
      TextChunk(rows: start..<min(start + Self.chunkRows, queries), dimension: d, items: batch.items.count)
    }
    let (temperature, used) = (options.temperature, PartsByThread(chunks))
    team.run(parts: chunks.count) { part, _ in
      used[part].run(batch, vectors, items, across, temperature: temperature, scale: scale, kernels)
    }
    let itemSlopes = FloatMatrix(rows: batch.items.count, columns: d)
    let (count, parts) = (batch.items.count, chunks.count)
    team.run { worker in
      for part in 0..<parts {
        kernels.accumulateTransposed(
          used[part].logits, columns: count * worker / workers..<count * (worker + 1) / workers, used[part].scaled,
          rows: used[part].rows.count, into: itemSlopes, continuing: part > 0)
      }
    }
    let slopes = FloatMatrix(rows: texts.count, columns: d)
    for chunk in chunks { slopes.copyRows(0..<chunk.rows.count, of: chunk.slopes, to: chunk.rows.lowerBound) }
    slopes.copyRows(0..<count, of: itemSlopes, to: queries)
    for text in texts.indices { Self.passLength(slopes, vectors, text, length: lengths[text]) }
    return Measured(loss: chunks.reduce(0) { $0 + $1.loss } * Double(scale), links: links, slopes: slopes)
  }

  /// The way back through bringing a sum to length 1: (slope − vector (vector · slope)) / length.
  private static func passLength(_ slopes: FloatMatrix, _ vectors: FloatMatrix, _ row: Int, length: Float) {
    guard length > 0 else { return slopes.clearRows(row..<row + 1) }
    vectors.withRow(row) { vector in
      slopes.withMutableRow(row) { slope in
        var along: Float = 0
        for i in vector.indices { along += vector[i] * slope[i] }
        for i in vector.indices { slope[i] = (slope[i] - along * vector[i]) / length }
      }
    }
  }

  private func update(_ links: RowLinks, _ slopes: FloatMatrix, rate: Float) {
    step += 1
    let (table, squares, gradients, kernels) = (table, squares, gradients, kernels)
    let (stamp, workers, rows) = (step, team.count, options.rowCount)
    team.run { worker in
      let range = rows * worker / workers..<rows * (worker + 1) / workers
      let touched = gradients.add(slopes, by: links, range: range, step: stamp, kernels: kernels)
      gradients.adagrad(rate: rate, table, squares: squares, range: range, touchedCount: touched)
    }
  }

  /// The mean loss of a batch, and the slope of each row of the table, `[rows, dt]`; the table stays as it is.
  package func slopes(of batch: TextBatch) -> (loss: Double, rows: [[Float]]) {
    let measured = measure(batch)
    step += 1
    _ = gradients.add(
      measured.slopes, by: measured.links, range: 0..<options.rowCount, step: step, kernels: kernels)
    return (measured.loss, (0..<options.rowCount).map { gradients.gradient(of: $0, stamp: step) })
  }
}
