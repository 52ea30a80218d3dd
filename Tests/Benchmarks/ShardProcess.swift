import Foundation
import Placement
import SocketTransport
import Transport
import Vocabulary
import Wire

/// One durable shard as a process of the `winnowd` that lies beside this program, asked as its coordinator asks it.
final class ShardProcess {
  private let process = Process()
  private let connection: ClientConnection

  /// Starts the shard of a data directory, and returns when it has answered.
  init(_ directory: URL, loops: EventLoopGroup) async throws {
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("winnowd")
    process.arguments = [
      "shard", "--no-admin", "--listen", "127.0.0.1:0", "--data-dir", directory.path, "--log-level", "warning",
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard let address = line.split(whereSeparator: \.isWhitespace).last else {
      throw WrongResult(description: "the shard did not start")
    }
    var configuration = ClientConfiguration(identity: NodeIdentity(role: .coordinator))
    configuration.compression = .none
    connection = try await ClientConnection.open(
      String(address), over: SocketNetwork(group: loops), configuration: configuration, random: SystemRandom(),
      deadline: SystemClock().now().advanced(microseconds: 20_000_000))
    _ = try await connection.ready()
    _ = try await ask(StatusRequest())
  }

  /// Sends a request under the shard's epoch and waits for its answer.
  func ask<Request: RequestMessage>(_ request: Request, epoch: UInt32 = 1) async throws -> Request.Reply {
    let outbound = OutboundRequest(
      Request.opcode, body: request.body, deadline: SystemClock().now().advanced(microseconds: 50_000_000),
      epoch: Epoch(epoch))
    return try Request.Reply(body: Array(try await connection.call(outbound).body), version: request.sentVersion)
  }

  /// Ends the process at once, as a crash does.
  func kill() async {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    await connection.close()
  }
}
