import Foundation
import Vocabulary
import WinnowClient

/// Shards of one or several members, their coordinators, and the members of etcd if there are several of those, as
/// processes that can be ended and started again one by one.
final class MemberCluster {
  let members: [NodeProcess]
  let coordinators: [NodeProcess]
  let etcd: [NodeProcess]
  private let directory: URL

  /// What must not be: a query or a write that failed, or an answer without some shard.
  static func failures(_ count: Int) -> Measurement.Figure {
    .init(name: "failed, or answered in part", value: Double(count), unit: "", bar: 0)
  }

  /// Nothing runs before `start`.
  ///
  /// - Parameters:
  ///   - members: Of each shard.
  ///   - coordinators: Several need members of etcd.
  ///   - fronts: By the number of a member, where the others reach it instead of where it listens.
  ///   - number: Of two clusters at a time the second has 1.
  init(
    shards: Int = 2, members: Int = 2, coordinators: Int = 1, etcd: Int = 0, fronts: [Int: String] = [:],
    number: Int = 0
  ) throws {
    let base = Self.base + 20 * number
    func addresses(_ first: Int, _ count: Int) -> [String] { (0..<count).map { "127.0.0.1:\(base + first + $0)" } }
    let memberAddresses = addresses(0, shards * members)
    let coordinatorAddresses = addresses(8, coordinators)
    let (etcdAddresses, etcdPeers) = (addresses(12, etcd), addresses(16, etcd))
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("winnow-members-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let folder = directory.path
    self.members = memberAddresses.enumerated().map { index, address in
      NodeProcess(
        address, ["shard", "--listen", address, "--no-admin", "--data-dir", "\(folder)/\(index)", "--threads", "2"])
    }
    let reached = memberAddresses.enumerated().map { fronts[$0] ?? $1 }
    let map = (0..<shards).map { reached[$0 * members..<($0 + 1) * members].joined(separator: "+") }
    let store =
      etcd == 0
      ? []
      : ["--metadata", "etcd", "--etcd", etcdAddresses.map { "http://\($0)" }.joined(separator: ",")]
    self.coordinators = coordinatorAddresses.enumerated().map { index, address in
      NodeProcess(
        address,
        [
          "coordinator", "--listen", address, "--no-admin", "--data-dir", "\(folder)/coordinator-\(index)",
          "--shards", map.joined(separator: ","),
        ] + store)
    }
    let initial = etcdPeers.enumerated().map { "m\($0)=http://\($1)" }.joined(separator: ",")
    self.etcd = etcdAddresses.enumerated().map { index, address in
      NodeProcess(
        address,
        [
          "--name", "m\(index)", "--data-dir", "\(folder)/etcd-\(index)", "--listen-client-urls", "http://\(address)",
          "--advertise-client-urls", "http://\(address)", "--listen-peer-urls", "http://\(etcdPeers[index])",
          "--initial-advertise-peer-urls", "http://\(etcdPeers[index])", "--initial-cluster", initial,
        ], program: NodeProcess.installed("etcd"))
    }
  }

  /// The first port of this process's clusters.
  private static var base: Int { 21_000 + Int(ProcessInfo.processInfo.processIdentifier) % 250 * 40 }

  /// Where a member listens that is not there yet, so that something can be put before it.
  static func memberAddress(_ index: Int, number: Int = 0) -> String { "127.0.0.1:\(base + 20 * number + index)" }

  /// Whether the members of etcd can be had here; if not, a line says so.
  static func canHaveEtcd(for what: String) -> Bool {
    guard NodeProcess.installed("etcd") == nil else { return true }
    EngineBenchmark.note("etcd-server is not installed: \(what)")
    return false
  }

  /// Starts every node; a coordinator ends where etcd does not answer yet, so that comes first.
  func start() async throws {
    for nodes in [etcd, members + coordinators] {
      for node in nodes { try node.start() }
      for node in nodes { try await node.waitUntilItListens() }
    }
  }

  /// Starts every node, and fills a shop that is asked and written then; a small one bears less.
  func startLoaded(items: Int, _ size: BenchmarkSize) async throws -> GrowthLoad {
    try await start()
    let perSecond = size == .full ? 100 : 20
    return try await GrowthLoad(
      filling: GrowthShop(count: size == .full ? items : 2000), client(connections: 4), queriesPerSecond: perSecond,
      writesPerSecond: perSecond)
  }

  func stop() {
    for node in coordinators + members + etcd { node.stop() }
    try? FileManager.default.removeItem(at: directory)
  }

  /// A client that knows all coordinators.
  func client(connections: Int) throws -> WinnowClient {
    var options = ClientOptions()
    options.connectionCount = connections
    options.timeout = .seconds(20)
    options.writeTimeout = .seconds(60)
    return try WinnowClient(address: coordinators.map(\.address).joined(separator: ","), options: options)
  }

  /// Waits until something holds of how the members stand.
  func wait(
    _ client: WinnowClient, until what: String, _ holds: ([NodeStatus.Member]) -> Bool
  ) async throws {
    for _ in 0..<2400 {
      if let status = try? await client.status(), holds(status.members) { return }
      try await Task.sleep(for: .milliseconds(25))
    }
    throw WrongResult(description: "not in 60 s: \(what)")
  }

  /// Waits until every member is in sync.
  func waitUntilInSync(_ client: WinnowClient) async throws {
    try await wait(client, until: "all members are in sync") { [count = members.count] members in
      members.count == count && members.allSatisfy { $0.isInSync && $0.isConnected }
    }
  }

  /// The first member of a shard that takes its writes, by its place in `members`.
  func primary(of shard: Int, _ client: WinnowClient) async throws -> Int {
    var place: Int?
    try await wait(client, until: "shard \(shard) has a primary") { members in
      place = members.firstIndex { $0.isPrimary && Int($0.shard.rawValue) == shard }
      return place != nil
    }
    return place ?? 0
  }
}
