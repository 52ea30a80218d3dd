import Kernels
import Support

/// Random pairs of a query and a row that strain the bounds of the codes, on every instruction set of this machine: every
/// score must have the bits of the scalar twin, and no row that reaches a threshold may be lost.
enum EngineProofBenchmark {
  private static let (rowCount, queryCount) = (64, 16)

  static func run(_ size: BenchmarkSize) throws -> Measurement {
    let rounds = (size == .full ? 10_000_000 : 20_000) / (rowCount * queryCount) + 1
    var random = SeededRandom(seed: 71)
    var results: [UInt32] = []
    let measurement = try Measurement(samples: rounds, results: []) { round in
      let dimension = Int(random.next() % (round % 20 == 0 ? 1024 : 100)) + 1
      let rotation = Rotation(dimension: dimension)
      let rows = (0..<rowCount).map { _ in row(dimension, &random) }
      let queries = (0..<queryCount).map { k in k % 4 == 0 ? rows[k] : row(dimension, &random) }
      let scores = queries.map { query in rows.map { Exact.dot(query, $0) } }
      results.append(scores[round % queryCount][round % rowCount].bitPattern)
      var first: [[UInt32]]?
      for isa in InstructionSet.available {
        let found = try found(KernelSet(isa), rotation, rows, queries, scores)
        guard first == nil || first == found else { throw WrongResult(description: "\(isa) differs, round \(round)") }
        first = found
      }
    }
    EngineBenchmark.note(
      "\((rounds + 1) * rowCount * queryCount) cases on \(InstructionSet.available) without a difference")
    return Measurement(microseconds: measurement.microseconds, results: results)
  }

  /// The rows that the codes leave for each query, whose threshold is the score of one of the rows.
  private static func found(
    _ kernels: KernelSet, _ rotation: Rotation, _ rows: [[Float]], _ queries: [[Float]], _ scores: [[Float]]
  ) throws -> [[UInt32]] {
    let matrix = FloatMatrix(rows: rows, columns: rotation.dimension)
    let codes = CodeBlock(matrix, rowCount: rowCount, by: rotation, kernels: kernels)
    var own = [Float](repeating: 0, count: rowCount)
    var left: [[UInt32]] = []
    for (k, query) in queries.enumerated() {
      kernels.dots(PaddedVector(query), matrix, rows: 0..<rowCount, into: &own)
      guard zip(own, scores[k]).allSatisfy({ $0.bitPattern == $1.bitPattern }) else {
        throw WrongResult(description: "a score of other bits, \(rotation.dimension) dimensions")
      }
      guard let probe = CodeQuery(query, rotation: rotation, kernels: kernels) else {
        left.append([])
        continue
      }
      let threshold = scores[k][k * 3 % rowCount]
      var (reached, kept) = ([UInt64](repeating: 0, count: 1), [UInt32](repeating: 0, count: rowCount))
      kernels.scan(codes, probe, atLeast: threshold, into: &reached)
      var lower = [Float](repeating: 0, count: rowCount)
      var listed = kept
      let found = kernels.list(codes, reached: reached, words: 0..<1, mask: nil, into: &listed)
      let count = kernels.refine(codes, probe, atLeast: threshold, listed, 0..<found, into: &kept, lower: &lower)
      for (row, bound) in zip(kept, lower).prefix(count) where scores[k][Int(row)] < probe.score(atLeast: bound) {
        throw WrongResult(description: "row \(row) is below its bound, \(rotation.dimension) dimensions")
      }
      let keptRows = Set(kept.prefix(count))
      for (i, score) in scores[k].enumerated() where score >= threshold && !keptRows.contains(UInt32(i)) {
        throw WrongResult(description: "row \(i) is lost, \(rotation.dimension) dimensions")
      }
      left.append(Array(kept.prefix(count)))
    }
    return left
  }

  /// Of any size, alike, one-hot, all negative, with one huge value, coarse, subnormal or zero.
  private static func row(_ d: Int, _ random: inout SeededRandom) -> [Float] {
    let values = random.floats(d)
    let (kind, place) = (random.next() % 12, Int(random.next() % UInt64(d)))
    switch kind {
    case 0: return values.map { $0 * 0x1p-66 }
    case 1: return values.map { $0 * (0x1p+59 / Float(d).squareRoot()) }
    case 2: return values.indices.map { $0 == place ? values[$0] : 0 }
    case 3: return values.map { _ in values[0] }
    case 4: return values.indices.map { $0 == place ? 1e15 : values[$0] }
    case 5: return values.map { $0 * 0x1p-140 }
    case 6: return values.map { -$0.magnitude }
    case 7: return values.map { _ in 0 }
    case 8: return values.map { ($0 * 2).rounded() }
    case 9:
      let size = Float(sign: .plus, exponent: Int(random.next() % 120) - 70, significand: 1 / Float(d).squareRoot())
      return values.map { $0 * size }
    default: return values
    }
  }
}
