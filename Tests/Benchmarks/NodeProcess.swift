import Foundation
import Vocabulary

/// A node as a process that can be ended and started again.
final class NodeProcess {
  /// Where it listens, `HOST:PORT`.
  let address: String
  private let program: URL
  private let arguments: [String]
  private var process: Process?

  /// - Parameter program: `nil`: the `winnowd` that lies beside this program.
  init(_ address: String, _ arguments: [String], program: URL? = nil) {
    (self.address, self.arguments) = (address, arguments)
    self.program = program ?? Self.own
  }

  private static var own: URL {
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("winnowd")
  }

  /// A program of the system; `nil`: it is not installed.
  static func installed(_ name: String) -> URL? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { URL(fileURLWithPath: "\($0)/\(name)") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  func start() throws {
    let process = Process()
    (process.executableURL, process.arguments) = (program, arguments)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    self.process = process
  }

  /// Waits until connections to its address are taken.
  func waitUntilItListens() async throws {
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = (address.split(separator: ":").last.flatMap { in_port_t($0) } ?? 0).bigEndian
    place.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    for _ in 0..<1200 {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(descriptor) }
      let isTaken = withUnsafePointer(to: &place) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
      if isTaken { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw WrongResult(description: "\(address) does not listen")
  }

  /// Ends it at once, as a crash does.
  func kill() async throws { try await end(SIGKILL) }

  /// Asks it to end, and waits until it has.
  func end(_ signal: Int32 = SIGTERM) async throws {
    guard let process, process.isRunning else { return }
    Foundation.kill(process.processIdentifier, signal)
    for _ in 0..<3000 where process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
    guard !process.isRunning else { throw WrongResult(description: "\(address) does not end") }
  }

  /// Ends it, at the end of everything.
  func stop() {
    guard let process, process.isRunning else { return }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
