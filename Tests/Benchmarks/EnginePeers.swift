import Foundation
import Vocabulary

/// The peers' venv, which `cluster/bench --peers` made, and the files they read.
struct EnginePeers {
  /// Whom a benchmark is measured by.
  enum Rivals: Sendable {
    /// Those that find everything; others stand beside them for the record.
    case exact
    /// Those that find 98 % or more, each tuned to that.
    case approximate

    var names: [String] {
      switch self {
      case .exact: ["faiss-flat", "scann-brute", "svs-flat", "faiss-int8"]
      case .approximate: ["faiss-ivf-sq8", "faiss-ivf-rabitq", "faiss-hnsw32", "scann-tree-ah", "svs-ivf"]
      }
    }

    var recallMin: Double { self == .exact ? 1 : 0.98 }
  }

  private let python: String
  private let directory: URL
  /// Only these, if anybody asked for some.
  private let chosen: [String]?

  /// `nil` without peers.
  init?(_ items: [[Float]], _ queries: [[Float]], _ answers: [[Candidate]]) throws {
    let environment = ProcessInfo.processInfo.environment
    guard let python = environment["WINNOW_PEERS_PYTHON"] else { return nil }
    self.python = python
    chosen = environment["WINNOW_PEERS"].map { $0.split(separator: ",").map(String.init) }
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

  /// Microseconds a query of the fastest rival that finds enough; a line for each peer says how much faster we are.
  func best(_ rivals: Rivals, _ load: EngineBenchmark.Load, limit: Int, threads: Int = 1, ours: Double) throws
    -> [Double]
  {
    var best: [Double] = []
    for peer in rivals.names where chosen?.contains(peer) ?? true {
      let line: Line? = try PeerScript.run(
        "engine.py", of: peer, python: python, [directory.path, peer, load.rawValue, "\(limit)", "\(threads)"])
      guard let line else { continue }
      let times = line.seconds.map { $0 * 1e6 }
      let median = Measurement.median(times) ?? .infinity
      EngineBenchmark.note(
        String(
          format: "%@: %.0f µs a query, recall %.4f, built in %.1f s; ours is %.1f × as fast", peer, median,
          line.recall,
          line.build, median / ours))
      if line.recall >= rivals.recallMin, median < Measurement.median(best) ?? .infinity { best = times }
    }
    return best
  }

  private struct Line: Decodable {
    let seconds: [Double]
    let recall: Double
    let build: Double
  }
}
