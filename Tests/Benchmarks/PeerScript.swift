import Foundation

/// A script of `peers/`, run by the Python of the venv that `cluster/bench --peers` made.
enum PeerScript {
  /// Runs a peer and reads the line that it prints.
  ///
  /// - Returns: `nil` if it failed, which is noted.
  static func run<Line: Decodable>(
    _ script: String, of peer: String, python: String, _ arguments: [String]
  ) throws -> Line? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("peers/\(script)")
    process.arguments = [file.path] + arguments
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
