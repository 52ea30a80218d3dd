import Foundation
import Glibc
import SocketTransport
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// Members of etcd, two shards or one of two members, and several coordinators as processes on loopback.
final class CouncilCluster: Sendable {
  private struct Nodes: Sendable {
    var etcd: [ProgramProcess] = []
    var shards: [ProgramProcess] = []
    var coordinators: [ProgramProcess] = []
  }

  private let nodes = Lock(Nodes())
  private let directories: [TemporaryDirectory]
  private let etcdDirectories: [TemporaryDirectory]
  let etcdAddresses: [String]
  private let etcdPeers: [String]
  /// Whether the processes of shards are the members of one.
  private let isReplicated: Bool
  private let etcdFlags: [String]
  /// What stands between the last coordinator and the first member of etcd, if that is asked for.
  let proxy: ChaosProxy?
  let shardAddresses: [String]
  /// Of the coordinators.
  let addresses: [String]
  let loops: EventLoopGroup

  /// Runs a test on a fresh cluster; ends all processes whatever happens.
  static func run(
    coordinators: Int = 3, etcd: Int = 1, isReplicated: Bool = false, etcdFlags: [String] = [], hasProxy: Bool = false,
    _ body: (CouncilCluster) async throws -> Void
  ) async throws {
    let cluster = try CouncilCluster(coordinators, etcd, isReplicated, etcdFlags, hasProxy)
    let outcome: Result<Void, any Error>
    do {
      try await cluster.start()
      outcome = .success(try await body(cluster))
    } catch { outcome = .failure(error) }
    await cluster.end()
    try outcome.get()
  }

  private init(
    _ coordinatorCount: Int, _ etcdCount: Int, _ isReplicated: Bool, _ etcdFlags: [String], _ hasProxy: Bool
  ) throws {
    (self.isReplicated, self.etcdFlags) = (isReplicated, etcdFlags)
    loops = try EventLoopGroup(loopCount: 1)
    directories = (0..<coordinatorCount).map { _ in TemporaryDirectory() }
    etcdDirectories = (0..<etcdCount).map { _ in TemporaryDirectory() }
    etcdAddresses = (0..<etcdCount).map { _ in ProgramProcess.lastingAddress }
    proxy = hasProxy ? ChaosProxy(to: etcdAddresses[0]) : nil
    etcdPeers = (0..<etcdCount).map { _ in "http://\(ProgramProcess.lastingAddress)" }
    shardAddresses = (0..<2).map { _ in ProgramProcess.lastingAddress }
    addresses = (0..<coordinatorCount).map { _ in ProgramProcess.lastingAddress }
  }

  private func start() async throws {
    for index in etcdAddresses.indices {
      let process = try launchEtcd(index)
      nodes.withLock { $0.etcd.append(process) }
    }
    for index in etcdAddresses.indices { try await awaitEtcd(index) }
    for address in shardAddresses {
      let shard = try ProgramProcess("winnowd", ["shard", "--memory-only", "--listen", address, "--threads", "1"])
      nodes.withLock { $0.shards.append(shard) }
      _ = try await shard.address()
    }
    for index in addresses.indices {
      let coordinator = try launch(index)
      nodes.withLock { $0.coordinators.append(coordinator) }
    }
    for index in addresses.indices { _ = try await coordinator(index).address() }
    try await awaitChair(among: addresses)
  }

  private func end() async {
    let nodes = nodes.withLock { $0 }
    for node in nodes.coordinators + nodes.shards + nodes.etcd { node.stop() }
    proxy?.stop()
    await loops.shutdown()
  }

  private func launch(_ index: Int, directory: String? = nil) throws -> ProgramProcess {
    let etcd = index == addresses.count - 1 ? proxy.map { [$0.address] } ?? etcdAddresses : etcdAddresses
    return try ProgramProcess(
      "winnowd",
      [
        "coordinator", "--listen", addresses[index], "--data-dir", directory ?? directories[index].path, "--metadata",
        "etcd", "--etcd", etcd.map { "http://\($0)" }.joined(separator: ","), "--etcd-prefix", "shop",
        "--shards", shardAddresses.joined(separator: isReplicated ? "+" : ","), "--threads", "1",
      ])
  }

  private func launchEtcd(_ index: Int) throws -> ProgramProcess {
    let (own, peer) = ("http://\(etcdAddresses[index])", etcdPeers[index])
    return try ProgramProcess(
      "etcd",
      [
        "--name", "m\(index)", "--data-dir", "\(etcdDirectories[index].path)/etcd", "--listen-client-urls", own,
        "--advertise-client-urls", own, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
        "--initial-cluster", etcdPeers.enumerated().map { "m\($0)=\($1)" }.joined(separator: ","),
      ] + etcdFlags, path: EtcdProcess.path)
  }

  private func awaitEtcd(_ index: Int) async throws {
    try await poll("etcd is healthy") {
      try await self.etcd(index, "GET /health HTTP/1.0\r\n\r\n").contains("\"true\"")
    }
  }

  /// Ends a member of etcd, does something with its data directory, and starts it again.
  func restartEtcd(_ index: Int, _ body: (String) async throws -> Void) async throws {
    etcdMember(index).signal(SIGTERM)
    _ = try await etcdMember(index).exitCode()
    try await body("\(etcdDirectories[index].path)/etcd")
    let process = try launchEtcd(index)
    nodes.withLock { $0.etcd[index] = process }
    try await awaitEtcd(index)
  }

  // MARK: Processes

  func coordinator(_ index: Int) -> ProgramProcess { nodes.withLock { $0.coordinators[index] } }

  func etcdMember(_ index: Int) -> ProgramProcess { nodes.withLock { $0.etcd[index] } }

  /// Starts a coordinator again, from its own data directory or another one.
  func restart(_ index: Int, directory: String? = nil) async throws {
    coordinator(index).stop()
    let process = try launch(index, directory: directory)
    nodes.withLock { $0.coordinators[index] = process }
    _ = try await process.address()
  }

  /// Asks the first member of etcd, whose answer is JSON.
  func etcd(_ path: String, _ body: [String: Any]) async throws -> [String: Any] {
    let bytes = try JSONSerialization.data(withJSONObject: body)
    let head = "POST \(path) HTTP/1.0\r\nContent-Length: \(bytes.count)\r\n\r\n"
    let answer = try await etcd(0, head + String(decoding: bytes, as: UTF8.self))
    let start = try #require(answer.range(of: "\r\n\r\n")).upperBound
    return try #require(try JSONSerialization.jsonObject(with: Data(answer[start...].utf8)) as? [String: Any])
  }

  /// What a member of etcd answers to bytes.
  func etcd(_ index: Int, _ request: String) async throws -> String {
    let socket = RawSocket(port: etcdAddresses[index])
    defer { socket.close() }
    socket.write(Array(request.utf8))
    return String(decoding: try await socket.read(seconds: 1) { !$0.isEmpty }.bytes, as: UTF8.self)
  }

  // MARK: Asking

  func connect(_ address: String) async throws -> Asker {
    let loop = loops.loops[0]
    let connection = try await ClientConnection.open(
      address, over: SocketNetwork(group: loops),
      configuration: ClientConfiguration(identity: NodeIdentity(role: .client)),
      random: SystemRandom(), deadline: loop.clock.now().advanced(microseconds: 20_000_000))
    _ = try await connection.ready()
    return Asker(connection: connection, clock: loop.clock)
  }

  /// Asks over a connection of its own.
  func asking<Value>(_ address: String, _ body: (Asker) async throws -> Value) async throws -> Value {
    let asker = try await connect(address)
    let outcome: Result<Value, any Error>
    do { outcome = .success(try await body(asker)) } catch { outcome = .failure(error) }
    await asker.connection.close()
    return try outcome.get()
  }

  /// Waits, for a bounded time, until something holds; an error says that it does not yet.
  func poll(_ what: String, _ holds: () async throws -> Bool) async throws {
    var last = "it does not hold"
    for _ in 0..<1200 {
      do { if try await holds() { return } else { last = "it does not hold" } } catch { last = "\(error)" }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw ProgramProcess.Unexpected(description: "never: \(what), but \(last)")
  }

  /// Asks for a change over and over until it is made, as an admin does; an attempt whose outcome was not told may have
  /// made it, which the next one learns by a code.
  func make(
    _ what: String, over address: String, madeBefore code: ErrorCode, _ change: (Asker) async throws -> Void
  ) async throws {
    var isOpen = false
    try await poll(what) {
      do {
        try await asking(address, change)
        return true
      } catch CallError.refused(let error) {
        if isOpen, error.code == code { return true }
        isOpen = isOpen || error.errorClass.contains(.indefinite)
        throw CallError.refused(error)
      } catch {
        isOpen = true
        throw error
      }
    }
  }

  /// Waits until some coordinators agree who has the chair, and are ready.
  @discardableResult
  func awaitChair(among addresses: [String]) async throws -> String {
    var chair = ""
    try await poll("\(addresses) agree who has the chair") {
      var seen: Set<UInt64> = []
      for address in addresses {
        let asker = try await self.connect(address)
        let answer = try await asker.ask(MetadataRequest(.read))
        await asker.connection.close()
        guard answer.coordinators.count == addresses.count, answer.state == .answers else { return false }
        guard let entry = answer.coordinators.first(where: { $0.id == answer.chair }) else { return false }
        chair = entry.address
        seen.insert(answer.chair)
      }
      return seen.count == 1
    }
    return chair
  }

  /// Creates the collection `shop`, feeds all items and loads the model, over one coordinator.
  func fill(_ shop: RandomShop, over address: String) async throws {
    let asker = try await connect(address)
    try await poll("the collection is made") {
      try await asker.ask(CollectionCreateRequest(name: "shop", schema: shop.schema))
      return true
    }
    let begun = try await asker.ask(FeedRequest(collection: "shop", step: .begin))
    for request in shop.upserts(batch: 500, writer: 9) {
      let response = try await asker.ask(request)
      try #require(response.statuses.allSatisfy { $0 == .inserted || $0 == .replaced })
    }
    let completed = try await asker.ask(FeedRequest(collection: "shop", step: .complete(feed: begun.feed)))
    try #require(completed.incompleteShards == 0)
    if let model = shop.model { for request in model.loads(chunk: 100_000) { try await asker.ask(request) } }
    await asker.connection.close()
  }
}
