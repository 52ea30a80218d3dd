import Kernels
import Support

/// The network of the re-ranking benchmarks, with random weights.
struct BenchmarkNetwork {
  static let (user, candidate, hidden, second) = (64, 80, 128, 64)
  static let blockRows = 64

  let kernels = KernelSet()
  let first: PackedLayer
  let upper: [PackedLayer]
  let userVector: PaddedVector
  let rows: Int
  /// `[rows, candidate]`, and with the user's inputs in front `[rows, user + candidate]`.
  let inputs, wholeInputs: FloatMatrix
  private let outputs: [FloatMatrix]

  init(rows: Int) {
    typealias N = BenchmarkNetwork
    var random = SeededRandom(seed: 2)
    func layer(_ inputs: Int, _ outputs: Int) -> PackedLayer {
      PackedLayer(weights: random.floats(inputs * outputs, in: -0.2...0.2), bias: random.floats(outputs))
    }
    first = layer(N.user + N.candidate, N.hidden)
    upper = [layer(N.hidden, N.second), layer(N.second, 1)]
    let user = random.floats(N.user)
    userVector = PaddedVector(user)
    let candidates = (0..<rows).map { _ in random.floats(N.candidate) }
    self.rows = rows
    inputs = FloatMatrix(rows: candidates, columns: N.candidate)
    wholeInputs = FloatMatrix(rows: candidates.map { user + $0 }, columns: N.user + N.candidate)
    outputs = [N.hidden, N.second, 1].map { FloatMatrix(rows: N.blockRows, columns: $0) }
  }

  /// The logits with the user part summed once.
  func carried(_ parts: (head: PackedLayer, tail: PackedLayer)) -> [Float] {
    logits(parts.tail.starting(at: kernels.affine(parts.head, userVector)), inputs)
  }

  /// The logits with the user part summed again for every candidate.
  func whole() -> [Float] { logits(first, wholeInputs) }

  private func logits(_ first: PackedLayer, _ inputs: FloatMatrix) -> [Float] {
    var logits: [Float] = []
    logits.reserveCapacity(rows)
    for start in stride(from: 0, to: rows, by: Self.blockRows) {
      let count = min(Self.blockRows, rows - start)
      kernels.affine(first, inputs, rows: start..<start + count, into: outputs[0], .relu)
      kernels.affine(upper[0], outputs[0], rows: 0..<count, into: outputs[1], .relu)
      kernels.affine(upper[1], outputs[1], rows: 0..<count, into: outputs[2])
      for i in 0..<count { logits.append(outputs[2][i, 0]) }
    }
    return logits
  }
}

/// What carrying the user part is worth; both ways must give the same bits.
enum NetworkBenchmark {
  @Sendable static func run(_ size: BenchmarkSize) throws -> Measurement {
    let network = BenchmarkNetwork(rows: size == .full ? 1000 : 100)
    let parts = network.first.split(at: BenchmarkNetwork.user)
    let logits = network.carried(parts).map(\.bitPattern)
    guard logits == network.whole().map(\.bitPattern) else {
      throw WrongResult(description: "the carried user part changes bits")
    }
    return try Measurement(samples: size == .full ? 200 : 3, results: logits) { _ in
      _ = network.carried(parts)
    } peer: { _ in
      _ = network.whole()
    }
  }
}
