import Foundation
import Vocabulary
import Retrieval

/// Peers that search titles by words, in the venv that `cluster/bench --peers` made.
struct LexicalPeers {
  private let python: String
  private let directory: URL
  private let names: [String]

  /// `nil` without peers.
  init?(_ data: LexicalData, _ answers: [[Candidate]]) throws {
    let environment = ProcessInfo.processInfo.environment
    guard let python = environment["WINNOW_PEERS_PYTHON"] else { return nil }
    self.python = python
    let all = ["bm25s", "bm25s-numba", "tantivy", "sqlite-fts5"]
    let chosen = environment["WINNOW_PEERS"]?.split(separator: ",").map(String.init)
    names = all.filter { chosen?.contains($0) ?? true }
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("winnow-lexical-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try write("titles", data.titles)
    try write("queries", data.queries.map { $0.map(\.term.text).joined(separator: " ") })
    try write("answers", answers.map { $0.map { "\($0.itemID.rawValue)" }.joined(separator: " ") })
  }

  private func write(_ name: String, _ lines: [String]) throws {
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: directory.appendingPathComponent(name))
  }

  func remove() { try? FileManager.default.removeItem(at: directory) }

  /// Microseconds a query of the fastest peer; a line for each says how much faster we are.
  func best(limit: Int, ours: Double) throws -> [Double] {
    var best: [Double] = []
    for name in names {
      let line: Line? = try PeerScript.run(
        "lexical.py", of: name, python: python, [directory.path, name, "\(limit)"])
      guard let line else { continue }
      if let equal = line.equal, equal < 1 {
        throw WrongResult(description: "\(name) scores otherwise in \((1 - equal) * 100) % of the queries")
      }
      let times = line.seconds.map { $0 * 1e6 }
      let median = Measurement.median(times) ?? .infinity
      EngineBenchmark.note(
        String(
          format: "%@: %.0f µs a query (mean %.0f), %@, built in %.1f s; ours is %.1f × as fast", name, median,
          times.reduce(0, +) / Double(max(times.count, 1)),
          line.equal == nil
            ? String(format: "with its k1 and b %.0f %% of our answers", line.common * 100) : "the same scores",
          line.build, median / ours))
      if median < Measurement.median(best) ?? .infinity { best = times }
    }
    return best
  }

  private struct Line: Decodable {
    let seconds: [Double]
    let equal: Double?
    let common: Double
    let build: Double
  }
}
