import Foundation
import Vocabulary

/// The peers' venv, which `cluster/bench --peers` made, and the files they read.
struct EnginePeers {
  /// Exact ones, whose best is the measure.
  private static let exact = ["faiss-flat", "scann-brute"]
  /// For the record, with what they find.
  private static let others = ["faiss-int8", "faiss-ivf-sq8"]

  private let python: String
  private let directory: URL

  /// `nil` without peers.
  init?(_ items: [[Float]], _ queries: [[Float]], _ answers: [[Candidate]]) throws {
    guard let python = ProcessInfo.processInfo.environment["WINNOW_PEERS_PYTHON"] else { return nil }
    self.python = python
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("winnow-engine-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    var rows = Data()
    for item in items { item.withUnsafeBytes { rows.append(contentsOf: $0) } }
    try rows.write(to: directory.appendingPathComponent("items"))
    try queries.flatMap { $0 }.withUnsafeBytes { Data($0) }.write(to: directory.appendingPathComponent("queries"))
    try answers.flatMap { $0.map { UInt32(truncatingIfNeeded: $0.itemID.rawValue) } }.withUnsafeBytes { Data($0) }
      .write(to: directory.appendingPathComponent("answers"))
  }

  func remove() { try? FileManager.default.removeItem(at: directory) }

  /// Microseconds a query of the fastest exact peer.
  func best(_ load: EngineBenchmark.Load, limit: Int) throws -> [Double] {
    var best: [Double] = []
    for peer in Self.exact + Self.others {
      guard let line = try run(peer, load, limit) else { continue }
      let times = line.seconds.map { $0 * 1e6 }
      let median = Measurement.median(times) ?? .infinity
      EngineBenchmark.note(
        String(format: "%@: %.0f µs a query, recall %.4f, built in %.1f s", peer, median, line.recall, line.build))
      if Self.exact.contains(peer), median < Measurement.median(best) ?? .infinity { best = times }
    }
    return best
  }

  private struct Line: Decodable {
    let seconds: [Double]
    let recall: Double
    let build: Double
  }

  private func run(_ peer: String, _ load: EngineBenchmark.Load, _ limit: Int) throws -> Line? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("peers/engine.py")
    process.arguments = [script.path, directory.path, peer, load.rawValue, "\(limit)"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0, let line = try? JSONDecoder().decode(Line.self, from: data) else {
      EngineBenchmark.note("\(peer) failed")
      return nil
    }
    return line
  }
}
