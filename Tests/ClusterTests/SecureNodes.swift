import Support

/// A shard and a coordinator as processes whose links are under TLS, with the files of `winnow tls init` in a folder.
struct SecureNodes {
  let shard: ProgramProcess
  let coordinator: ProgramProcess
  let shardAddress: String
  /// That of the coordinator.
  let address: String

  /// - Parameters:
  ///   - tls: The folder; nodes are `coordinator` and `shard-0`.
  ///   - data: The data directory of the coordinator.
  ///   - flags: Of the coordinator: which clients it serves.
  init(_ tls: String, data: String, flags: [String]) async throws {
    func node(_ arguments: [String], _ name: String) throws -> ProgramProcess {
      try ProgramProcess(
        "winnowd",
        arguments + [
          "--listen", ProgramProcess.lastingAddress, "--threads", "1", "--tls-dir", "\(tls)/\(name)",
        ])
    }
    shard = try node(["shard", "--memory-only"], "shard-0")
    shardAddress = try await shard.address()
    coordinator = try node(["coordinator", "--data-dir", data, "--shards", shardAddress] + flags, "coordinator")
    address = try await coordinator.address()
  }
}
