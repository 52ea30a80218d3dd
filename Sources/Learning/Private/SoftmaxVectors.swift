import DataSets
import Kernels
package import Privacy
import Vocabulary

/// Two vectors of each kept item, fitted to a released table: what an item says of the next one, and what it is searched
/// by. Made of the release alone, it costs no privacy.
package struct SoftmaxVectors: Sendable {
  /// How the vectors are fitted.
  package struct Options: Sendable, Equatable {
    /// d of one vector.
    package var dimension = 64
    package var steps = 100
    package var rate: Float = 0.02
    package var seed: UInt64 = 1
    package var threads = 1

    package init() {}
  }

  /// `[items, 2 d + 1]`: target, bias, source.
  package let embeddings: [Float]

  /// Minimises the cross entropy between each row of the table and the softmax of its item's inner products, by Adam with
  /// a rate that falls to 0.
  package init(_ release: NeighbourRelease, _ settings: NeighbourSettings, _ options: Options) {
    let table = release.dense(settings)
    let fit = Fit(table, size: release.kept.count, options)
    for step in 0..<options.steps { fit.step(step, of: options.steps) }
    let d = options.dimension
    let width = 2 * d + 1
    var embeddings = [Float](repeating: 0, count: release.counts.sums.count * width)
    for (row, item) in release.kept.items.enumerated() {
      for column in 0..<d {
        embeddings[Int(item) * width + column] = fit.targets.values[row * d + column]
        embeddings[Int(item) * width + d + 1 + column] = fit.sources.values[row * d + column]
      }
      embeddings[Int(item) * width + d] = fit.biases.values[row]
    }
    // Items that were not kept come behind all others, by their counts: no mean of sources is longer than the longest.
    let (longestTarget, longestSource) = (fit.targets.longest(d), fit.sources.longest(d))
    let least = (fit.biases.values.min() ?? 0) - longestTarget * longestSource - 2
    let kept = Set(release.kept.items)
    for (item, share) in release.popularity.enumerated() where !kept.contains(UInt32(item)) {
      embeddings[item * width + d] = least + share * 1e6
    }
    self.embeddings = embeddings
  }

  /// Parameters with what Adam keeps of each.
  private struct Parameters {
    var values: [Float]
    private var first, second: [Float]

    init(_ values: [Float]) {
      self.values = values
      first = [Float](repeating: 0, count: values.count)
      second = first
    }

    mutating func move(_ slopes: [Float], rate: Float, step: Int) {
      let (a, b): (Float, Float) = (0.9, 0.999)
      let correction = Self.correction(b, step).squareRoot() / Self.correction(a, step)
      for place in values.indices {
        first[place] = a * first[place] + (1 - a) * slopes[place]
        second[place] = b * second[place] + (1 - b) * slopes[place] * slopes[place]
        values[place] -= rate * correction * first[place] / (second[place].squareRoot() + 1e-8)
      }
    }

    private static func correction(_ decay: Float, _ step: Int) -> Float {
      1 - (0...step).reduce(Float(1)) { power, _ in power * decay }
    }

    func longest(_ d: Int) -> Float {
      stride(from: 0, to: values.count, by: d).reduce(Float(0)) { longest, start in
        max(longest, values[start..<start + d].reduce(0) { $0 + $1 * $1 })
      }.squareRoot()
    }
  }

  private final class Fit {
    private let table: [Float]
    private let size: Int
    private let options: Options
    private let team: WorkerTeam
    var targets, sources, biases: Parameters

    init(_ table: [Float], size: Int, _ options: Options) {
      (self.table, self.size, self.options) = (table, size, options)
      team = WorkerTeam(count: options.threads)
      let random = CounterRandom(seed: options.seed, stream: 0x50_5249_5641)
      let count = size * options.dimension
      func drawn(_ start: Int) -> [Float] {
        (0..<count).map { Float((random.fraction(UInt64(start + $0)) - 0.5) * 0.2) }
      }
      (targets, sources) = (Parameters(drawn(0)), Parameters(drawn(count)))
      biases = Parameters([Float](repeating: 0, count: size))
    }

    func step(_ step: Int, of steps: Int) {
      let (size, d) = (size, options.dimension)
      let (t, s, bias, table) = (targets.values, sources.values, biases.values, table)
      let rowsAPart = 64
      let parts = (size + rowsAPart - 1) / rowsAPart
      // Errors of all pairs, row by row; then each side's slopes as sums over the other in a fixed order.
      let errors = Lock([[Float]](repeating: [], count: parts))
      team.run(parts: parts) { part, _ in
        var block: [Float] = []
        for a in part * rowsAPart..<min((part + 1) * rowsAPart, size) {
          block += Self.errors(row: a, s, t, bias, table, size: size, d: d)
        }
        errors.withLock { $0[part] = block }
      }
      let error = errors.withLock { Array($0.joined()) }
      let ofSources = slopes(parts, rowsAPart) { a in
        var slope = [Float](repeating: 0, count: d)
        for b in 0..<size { Self.add(error[a * size + b], t, b, d, to: &slope) }
        return slope
      }
      let ofTargets = slopes(parts, rowsAPart) { b in
        var slope = [Float](repeating: 0, count: d)
        for a in 0..<size { Self.add(error[a * size + b], s, a, d, to: &slope) }
        return slope
      }
      var ofBiases = [Float](repeating: 0, count: size)
      for a in 0..<size { for b in 0..<size { ofBiases[b] += error[a * size + b] } }
      let rate = options.rate * (1 - Float(step) / Float(steps))
      sources.move(ofSources, rate: rate, step: step)
      targets.move(ofTargets, rate: rate, step: step)
      biases.move(ofBiases, rate: rate, step: step)
    }

    private func slopes(
      _ parts: Int, _ rowsAPart: Int, _ row: @escaping @Sendable (Int) -> [Float]
    ) -> [Float] {
      let size = size
      let made = Lock([[Float]](repeating: [], count: parts))
      team.run(parts: parts) { part, _ in
        let block = (part * rowsAPart..<min((part + 1) * rowsAPart, size)).flatMap(row)
        made.withLock { $0[part] = block }
      }
      return made.withLock { Array($0.joined()) }
    }

    /// What the softmax of a row says too much of each item, the item of the row left out.
    private static func errors(
      row a: Int, _ s: [Float], _ t: [Float], _ bias: [Float], _ table: [Float], size: Int, d: Int
    ) -> [Float] {
      var logits = [Float](repeating: 0, count: size)
      var most = -Float.infinity
      for b in 0..<size where b != a {
        var sum = bias[b]
        for column in 0..<d { sum += s[a * d + column] * t[b * d + column] }
        logits[b] = sum
        most = max(most, sum)
      }
      var mass: Float = 0
      for b in 0..<size where b != a {
        logits[b] = Float(Transcendental.exp(Double(logits[b] - most)))
        mass += logits[b]
      }
      logits[a] = 0
      let isEmpty = table[a * size..<(a + 1) * size].allSatisfy { $0 == 0 }
      guard mass > 0, !isEmpty else { return [Float](repeating: 0, count: size) }
      for b in 0..<size { logits[b] = logits[b] / mass - table[a * size + b] }
      return logits
    }

    private static func add(_ share: Float, _ vectors: [Float], _ row: Int, _ d: Int, to sum: inout [Float]) {
      for column in 0..<d { sum[column] += share * vectors[row * d + column] }
    }
  }
}
