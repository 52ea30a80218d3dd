import Foundation
import Kernels
import Support
import Towers

/// Encoders of a history at d = 64: one query as it is served, and a batch of windows there and back as it is trained.
struct EncoderBenchmark {
  private static let dimension = 64
  /// Of training: windows of Beauty's mean length.
  private static let (windows, length) = (64, 8)

  let encoder: TowerShape.Encoder

  private var shape: TowerShape {
    TowerShape(dimension: Self.dimension, encoder: encoder, isMixed: encoder != .sum)
  }

  /// A query after 20 events; `allowed` is the time that the design gives it, in microseconds.
  func serve(_ size: BenchmarkSize, allowed: Double) throws -> Measurement {
    let (events, parameters) = ((Self.vectors(20, seed: 1)), TowerParameters(shape, seed: 2))
    let query = HistoryEncoder(parameters).query(events, count: 20)
    for isa in InstructionSet.available {
      guard HistoryEncoder(parameters, kernels: KernelSet(isa)).query(events, count: 20) == query else {
        throw WrongResult(description: "\(isa) changes bits")
      }
    }
    let (encoder, room) = (HistoryEncoder(parameters), FloatMatrix(rows: 1, columns: Self.dimension))
    // Many a sample: one query of the sum takes less than the clock.
    let queries = size == .full ? 1000 : 10
    let ours = try Measurement(samples: size == .full ? 100 : 3, results: query.map(\.bitPattern)) { _ in
      for _ in 0..<queries { encoder.query(events, count: 20, into: room) }
    }
    let microseconds = ours.microseconds.map { $0 / Double(queries) }
    guard room.row(0) == query else { throw WrongResult(description: "a row has other bits than the array") }
    return Measurement(
      microseconds: microseconds, peerMicroseconds: microseconds.map { _ in allowed },
      results: query.map(\.bitPattern))
  }

  /// Windows of one length forward and back, with dropout, on one thread.
  @Sendable func train(_ size: BenchmarkSize) throws -> Measurement {
    let rows = Self.windows * Self.length
    let parameters = TowerParameters(shape, seed: 2)
    let pass = EncoderPass(shape, rowCapacity: rows)
    pass.events.copyRows(0..<rows, of: Self.vectors(rows, seed: 3), to: 0)
    pass.querySlopes.copyRows(0..<rows, of: Self.vectors(rows, seed: 4), to: 0)
    let windows = EncoderWindows(
      lengths: [Int](repeating: Self.length, count: Self.windows),
      dropout: EncoderDropout(inputRate: 0.2, blockRate: 0.3, key: 5, firstRow: 0))
    let slopes = TowerParameters(shape)
    func step() {
      slopes.clear()
      pass.forward(parameters, windows)
      pass.backward(parameters, addingTo: slopes)
    }
    step()
    let results = shape.tensors.flatMap(slopes.values).map(\.bitPattern)
    let ours = try Measurement(samples: size == .full ? 200 : 3, results: results) { _ in step() }
    EngineBenchmark.note(
      String(format: "%.0f events a second", Double(rows) / ((Measurement.median(ours.microseconds) ?? .nan) / 1e6)))
    guard size == .full else { return ours }
    return Measurement(microseconds: ours.microseconds, peerMicroseconds: try peerMicroseconds(), results: results)
  }

  private static func vectors(_ count: Int, seed: UInt64) -> FloatMatrix {
    var random = SeededRandom(seed: seed)
    return FloatMatrix(rows: (0..<count).map { _ in random.floats(dimension, in: -0.3...0.3) }, columns: dimension)
  }

  /// Microseconds of each of torch's steps on the same shapes; none without peers.
  private func peerMicroseconds() throws -> [Double] {
    guard let python = ProcessInfo.processInfo.environment["WINNOW_PEERS_PYTHON"] else { return [] }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("peers/encoder.py")
    process.arguments = [script.path, encoder.rawValue, "\(Self.windows)", "\(Self.length)", "\(Self.dimension)"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw WrongResult(description: "torch failed") }
    return try JSONDecoder().decode([Double].self, from: data).map { $0 * 1e6 }
  }
}
