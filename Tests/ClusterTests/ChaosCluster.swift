import Support
import Testing
import Vocabulary
import WinnowClient

/// Shards and a coordinator as processes, with a proxy that can treat bytes badly on every way between them and before
/// the client.
final class ChaosCluster: Sendable {
  /// What a cluster is made of.
  struct Plan {
    var shardCount = 2
    /// What starts the program of a shard in its own process.
    var shardPrefix: [String] = []
    var shardFlags = ["--memory-only"]
    var coordinatorPrefix: [String] = []
    /// Makes a proxy bad before the first byte passes.
    var weather = ChaosProxy.Weather()
  }

  private struct Nodes: Sendable {
    var shards: [ProgramProcess]
    var coordinator: ProgramProcess
  }

  private let nodes: Lock<Nodes>
  private let shardAddresses: [String]
  private let shardFlags: [[String]]
  /// Between the coordinator and each shard.
  let ways: [ChaosProxy]
  /// Between the client and the coordinator.
  let front: ChaosProxy
  private let address: String
  private let data = TemporaryDirectory()

  /// Runs a test on a fresh cluster; ends all processes whatever happens.
  static func run<Value>(_ plan: Plan = Plan(), _ body: (ChaosCluster) async throws -> Value) async throws -> Value {
    let cluster = try await ChaosCluster(plan)
    defer { cluster.end() }
    return try await body(cluster)
  }

  private init(_ plan: Plan) async throws {
    let path = data.path
    let flags = (0..<plan.shardCount).map { index in
      ["--threads", "1"] + plan.shardFlags.map { $0.replacing("DATA", with: "\(path)/shard\(index)") }
    }
    var (ways, shards): ([ChaosProxy], [ProgramProcess]) = ([], [])
    var addresses: [String] = []
    for index in 0..<plan.shardCount {
      let shard = try ProgramProcess(
        "winnowd", ["shard", "--listen", ProgramProcess.lastingAddress] + flags[index], prefix: plan.shardPrefix)
      addresses.append(try await shard.address())
      shards.append(shard)
      ways.append(ChaosProxy(to: addresses[index], seed: UInt64(index)))
    }
    (self.ways, shardAddresses, shardFlags) = (ways, addresses, flags)
    let coordinator = try ProgramProcess(
      "winnowd",
      Self.coordinatorFlags(ProgramProcess.lastingAddress, data) + [
        "--shards", ways.map(\.address).joined(separator: ","),
      ],
      prefix: plan.coordinatorPrefix)
    nodes = Lock(Nodes(shards: shards, coordinator: coordinator))
    address = try await coordinator.address()
    front = ChaosProxy(to: address, seed: 99)
    for proxy in ways + [front] { proxy.weather = plan.weather }
  }

  private static func coordinatorFlags(_ address: String, _ data: TemporaryDirectory) -> [String] {
    ["coordinator", "--listen", address, "--data-dir", "\(data.path)/coordinator", "--threads", "1"]
  }

  var shards: [ProgramProcess] { nodes.withLock { $0.shards } }

  var coordinator: ProgramProcess { nodes.withLock { $0.coordinator } }

  private func end() {
    for node in shards + [coordinator] { node.stop() }
    for proxy in ways + [front] { proxy.stop() }
  }

  /// Kills the coordinator and starts it again from its data directory.
  func restartCoordinator() async throws {
    coordinator.stop()
    let coordinator = try ProgramProcess("winnowd", Self.coordinatorFlags(address, data))
    nodes.withLock { $0.coordinator = coordinator }
    _ = try await coordinator.address()
  }

  /// Ends a shard and starts it again from what it has on disk.
  func restartShard(_ index: Int) async throws {
    shards[index].stop()
    let shard = try ProgramProcess("winnowd", ["shard", "--listen", shardAddresses[index]] + shardFlags[index])
    nodes.withLock { $0.shards[index] = shard }
    _ = try await shard.address()
  }

  /// All proxies treat bytes well again.
  func heal() { for proxy in ways + [front] { proxy.weather = ChaosProxy.Weather() } }
}
