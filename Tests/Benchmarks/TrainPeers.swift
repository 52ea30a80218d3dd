import Foundation
import Kernels
import Learning

/// Other frameworks' training of the same network from the same start on the same samples, in the venv that
/// `cluster/bench --peers` made.
final class TrainPeers {
  /// One framework, waiting for the next epoch to be asked for.
  final class Peer {
    let name: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var rest = Data()
    /// What the script reads stays as long as it runs.
    private let files: TrainPeers

    fileprivate init(_ name: String, python: String, arguments: [String], of files: TrainPeers) throws {
      self.name = name
      self.files = files
      process.executableURL = URL(fileURLWithPath: python)
      process.arguments = arguments
      process.standardInput = input
      process.standardOutput = output
      try process.run()
    }

    /// Runs one epoch.
    func epoch() throws -> (microseconds: Double, loss: Double) {
      struct Line: Decodable {
        let seconds: Double
        let loss: Double
      }
      input.fileHandleForWriting.write(Data("epoch\n".utf8))
      while !rest.contains(UInt8(ascii: "\n")) {
        let more = output.fileHandleForReading.availableData
        guard !more.isEmpty else { throw WrongResult(description: "\(name) has ended") }
        rest += more
      }
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      rest = Data(rest.dropFirst(line.count + 1))
      guard let found = try? JSONDecoder().decode(Line.self, from: line) else {
        throw WrongResult(description: "\(name) says \(String(decoding: line, as: UTF8.self))")
      }
      return (found.seconds * 1e6, found.loss)
    }

    /// Lets it end, after it has written its parameters.
    func stop() {
      input.fileHandleForWriting.closeFile()
      process.waitUntilExit()
    }
  }

  private let python: String
  private let directory: URL

  /// Writes what the frameworks read: the batches of one epoch, or of several after one another, and the start.
  ///
  /// - Returns: `nil` without a venv.
  init?(_ batches: [PairBatch], _ network: RankingNetwork) throws {
    guard let python = ProcessInfo.processInfo.environment["WINNOW_PEERS_PYTHON"] else { return nil }
    self.python = python
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("winnow-train-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try write("users", batches.flatMap(\.users))
    try write("items", batches.flatMap(\.items))
    try write("labels", batches.flatMap(\.targets))
    for (name, matrix, rows) in Self.parameters(network) {
      try write(name, rows.flatMap { matrix.row($0) })
    }
  }

  /// Writes other files for a script of its own.
  ///
  /// - Returns: `nil` without a venv.
  init?(files: [(name: String, values: [Float])]) throws {
    guard let python = ProcessInfo.processInfo.environment["WINNOW_PEERS_PYTHON"] else { return nil }
    self.python = python
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("winnow-train-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    for file in files { try write(file.name, file.values) }
  }

  /// Starts a script on them.
  func start(script name: String, arguments: [String]) throws -> Peer {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("peers/\(name)")
    return try Peer(name, python: python, arguments: [script.path, directory.path] + arguments, of: self)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  /// Starts a framework.
  ///
  /// - Parameter epochs: Into how many the samples divide; each one asked for takes the next.
  func start(_ name: String, batch: Int, threads: Int, epochs: Int = 1) throws -> Peer {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("peers/train.py")
    return try Peer(
      name, python: python, arguments: [script.path, directory.path, name, "\(batch)", "\(threads)", "\(epochs)"],
      of: self)
  }

  /// Takes over the parameters that a stopped framework has written.
  func read(into network: RankingNetwork) throws {
    for (name, matrix, rows) in Self.parameters(network) {
      let data = try Data(contentsOf: directory.appendingPathComponent("end-\(name)"))
      let values = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      guard values.count == rows.count * matrix.columns else { throw WrongResult(description: "\(name) is too short") }
      for (i, row) in rows.enumerated() { matrix.setRow(row, values[i * matrix.columns..<(i + 1) * matrix.columns]) }
    }
    network.refreshTransposed()
  }

  /// Vectors of users and items, then each layer's weights and biases.
  private static func parameters(_ network: RankingNetwork) -> [(name: String, matrix: FloatMatrix, rows: Range<Int>)] {
    let layers = network.weights.enumerated().flatMap { layer, weights in
      let inputs = weights.rowCapacity - 1
      return [("p\(2 + 2 * layer)", weights, 0..<inputs), ("p\(3 + 2 * layer)", weights, inputs..<inputs + 1)]
    }
    return [
      ("p0", network.users, 0..<network.users.rowCapacity), ("p1", network.items, 0..<network.items.rowCapacity),
    ] + layers
  }

  private func write<Element: BitwiseCopyable>(_ name: String, _ values: [Element]) throws {
    try values.withUnsafeBytes { Data($0) }.write(to: directory.appendingPathComponent(name))
  }
}
