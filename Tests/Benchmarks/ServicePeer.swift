import Foundation
import Vocabulary

/// FastAPI with FAISS IVF-SQ8 and onnxruntime, two workers, in the venv that `cluster/bench --peers` made.
final class ServicePeer {
  private let python: String
  private let directory: URL
  private let port: Int
  private let server: Process

  /// `nil` without peers.
  init?(_ shop: ServiceShop, _ items: [[Float]]) throws {
    guard let python = ProcessInfo.processInfo.environment["WINNOW_PEERS_PYTHON"] else { return nil }
    self.python = python
    let port = 21_003 + Int(ProcessInfo.processInfo.processIdentifier) % 10_000 * 4
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("winnow-peer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    func write(_ name: String, _ bytes: Data) throws { try bytes.write(to: directory.appendingPathComponent(name)) }
    var rows = Data()
    for item in items { item.withUnsafeBytes { rows.append(contentsOf: $0) } }
    try write("items", rows)
    try write("queries", shop.queries.flatMap { $0 }.withUnsafeBytes { Data($0) })
    try write("parameters", shop.parameters.withUnsafeBytes { Data($0) })
    let answers = shop.queries.indices.flatMap { shop.candidates($0).map { UInt32($0.itemID.rawValue) } }
    try write("answers", answers.withUnsafeBytes { Data($0) })
    let results = (0..<3).flatMap { shop.answer($0).map { UInt32($0) } }
    try write("results", results.withUnsafeBytes { Data($0) })
    let prepared = try Self.python(python, "service.py", ["prepare", directory.path])
    EngineBenchmark.note("peer: \(String(decoding: prepared, as: UTF8.self).trimmingCharacters(in: .newlines))")
    (self.directory, self.port, server) = (directory, port, Process())
    server.executableURL = URL(fileURLWithPath: python)
    server.arguments = [
      "-m", "uvicorn", "service:app", "--app-dir", Self.script("").path, "--port", "\(port)", "--workers", "2",
      "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error",
    ]
    server.environment = ProcessInfo.processInfo.environment.merging([
      "SERVICE_DIRECTORY": directory.path, "OMP_NUM_THREADS": "1",
    ]) { $1 }
    try server.run()
  }

  func stop() {
    server.terminate()
    server.waitUntilExit()
    try? FileManager.default.removeItem(at: directory)
  }

  func load(connections: Int, seconds: Double) throws -> ServiceRate {
    let line = try Self.python(
      python, "service_load.py", [directory.path, "\(port)", "\(connections)", "\(seconds)"])
    return try JSONDecoder().decode(ServiceRate.self, from: line)
  }

  private static func script(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("peers/\(name)")
  }

  private static func python(_ python: String, _ name: String, _ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [script(name).path] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw WrongResult(description: "\(name) failed") }
    return data
  }
}
