import CoordinatorNode
import Foundation
import Glibc
import SocketTransport
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// Two shards and a coordinator with data directories, each of which can be ended and started again.
final class DirectoryCluster {
  let data = TemporaryDirectory()
  let loops: EventLoopGroup
  private var shards: [ProgramProcess] = []
  /// Of all members, by the indexes of their processes.
  private(set) var memberAddresses: [String] = []
  private(set) var coordinator: ProgramProcess?
  private(set) var address = ""
  /// The `winnowd` of nodes that are started from now on; `nil`: the one under test.
  var program: String?

  /// Runs a test on a fresh cluster; ends all processes in any case.
  ///
  /// - Parameters:
  ///   - ids: What the collection has; `nil`: there is none yet.
  ///   - program: As the property says.
  static func run(
    feeding ids: Range<UInt64>? = nil, memberCount: Int = 1, program: String? = nil,
    _ body: (DirectoryCluster) async throws -> Void
  ) async throws {
    let cluster = try await DirectoryCluster(memberCount: memberCount, program: program)
    do {
      if let ids {
        try await cluster.create()
        try await cluster.feed(ids, op: 1)
      }
      try await body(cluster)
      await cluster.stop()
    } catch {
      await cluster.stop()
      throw error
    }
  }

  /// Two shards.
  ///
  /// - Parameter memberCount: Of each shard.
  private init(memberCount: Int, program: String?) async throws {
    self.program = program
    loops = try EventLoopGroup(loopCount: 1)
    for index in 0..<2 * memberCount {
      let shard = try start("shard", listen: ProgramProcess.lastingAddress, "shard-\(index)")
      memberAddresses.append(try await shard.address())
      shards.append(shard)
    }
    let members = stride(from: 0, to: memberAddresses.count, by: memberCount).map {
      memberAddresses[$0..<$0 + memberCount].joined(separator: "+")
    }
    try await startCoordinator("coordinator", ["--shards", members.joined(separator: ",")])
  }

  /// Waits until the coordinator counts this number of members in sync.
  func waitUntilInSync(_ count: Int) async throws {
    for _ in 0..<1200 {
      if try await inSync() == count { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw ProgramProcess.Unexpected(description: "never \(count) members in sync\n\(coordinator?.errors ?? "")")
  }

  private func inSync() async throws -> Int {
    try await ask(MetricsRequest()).text.split(separator: "\n").count {
      $0.hasPrefix("winnow_replica_in_sync{") && $0.hasSuffix(" 1")
    }
  }

  /// The members that are primaries, as indexes of their processes.
  func primaries() async throws -> [Int] {
    let lines = try await ask(MetricsRequest()).text.split(separator: "\n").filter {
      $0.hasPrefix("winnow_replica_primary{") && $0.hasSuffix(" 1")
    }
    return memberAddresses.indices.filter { index in lines.contains { $0.contains("\"\(memberAddresses[index])\"") } }
  }

  /// Waits until a member does not take its shard's writes any more.
  func waitUntilAnotherLeads(_ index: Int) async throws {
    for _ in 0..<1200 {
      let leading = try await primaries()
      if !leading.contains(index), leading.contains(index ^ 1) { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw ProgramProcess.Unexpected(description: "never another primary\n\(coordinator?.errors ?? "")")
  }

  var addresses: String { memberAddresses.joined(separator: ",") }

  func path(_ name: String) -> String { "\(data.path)/\(name)" }

  func start(_ role: String, listen: String, _ name: String, _ flags: [String] = []) throws -> ProgramProcess {
    try ProgramProcess(
      "winnowd", [role, "--listen", listen, "--data-dir", path(name), "--threads", "1"] + flags, path: program)
  }

  func startCoordinator(_ name: String, _ flags: [String] = []) async throws {
    let new = try start("coordinator", listen: address.isEmpty ? ProgramProcess.lastingAddress : address, name, flags)
    coordinator = new
    address = try await new.address()
  }

  /// Starts a process that belongs to no cluster yet.
  func startMember() async throws -> String {
    let index = shards.count
    let shard = try start("shard", listen: ProgramProcess.lastingAddress, "shard-\(index)")
    let address = try await shard.address()
    memberAddresses.append(address)
    shards.append(shard)
    return address
  }

  func startShard(_ index: Int) async throws {
    shards[index] = try start("shard", listen: memberAddresses[index], "shard-\(index)")
    _ = try await shards[index].address()
  }

  /// Ends a node as an operator does.
  func end(_ node: ProgramProcess?) async throws {
    let node = try #require(node)
    node.signal(SIGTERM)
    #expect(try await node.exitCode() == 0)
  }

  func endShard(_ index: Int) async throws { try await end(shards[index]) }
  func killShard(_ index: Int) { shards[index].stop() }
  func signal(_ signal: Int32, toShard index: Int) { shards[index].signal(signal) }

  func copy(_ name: String, to other: String) throws {
    try FileManager.default.copyItem(atPath: path(name), toPath: path(other))
  }

  func replace(_ name: String, by other: String) throws {
    try FileManager.default.removeItem(atPath: path(name))
    try FileManager.default.moveItem(atPath: path(other), toPath: path(name))
  }

  // MARK: Asking

  func connect(_ other: String? = nil) async throws -> Asker { try await Self.connect(other ?? address, loops) }

  static func connect(_ address: String, _ loops: EventLoopGroup) async throws -> Asker {
    let loop = loops.loops[0]
    let connection = try await ClientConnection.open(
      address, over: SocketNetwork(group: loops),
      configuration: ClientConfiguration(identity: NodeIdentity(role: .client)), random: SystemRandom(),
      deadline: loop.clock.now().advanced(microseconds: 20_000_000))
    _ = try await connection.ready()
    return Asker(connection: connection, clock: loop.clock)
  }

  func ask<Request: RequestMessage>(_ request: Request, of other: String? = nil) async throws -> Request.Reply {
    let asker = try await connect(other)
    let reply = try await asker.ask(request)
    await asker.connection.close()
    return reply
  }

  func waitUntil(_ what: String, _ holds: (StatusResponse) -> Bool) async throws {
    var last: [MissingCause?] = []
    for _ in 0..<1200 {
      if let status = try? await ask(StatusRequest()) {
        if holds(status) { return }
        last = status.shards.map(\.missing)
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw ProgramProcess.Unexpected(
      description: "never: \(what), but \(last)\n\(coordinator?.errors ?? "")")
  }

  /// Waits until the coordinator's disk has all that a shard has confirmed: by it an older directory is told.
  func waitUntilConfirmed(_ index: Int) async throws {
    let position = try await ask(PositionRequest(), of: memberAddresses[index]).position
    let file = TwoGenerationFile(disk: RealDisk(), path: path("coordinator/confirmed"), limit: 64 << 10)
    for _ in 0..<1200 {
      if let bytes = try? file.read()?.bytes,
        let entry = try? ConfirmedShards(bytes: bytes).entries[ShardID(UInt16(index))],
        entry.position >= position
      {
        return
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw ProgramProcess.Unexpected(description: "the coordinator never keeps position \(position) of shard \(index)")
  }

  func readiness() async throws -> String {
    let node = try #require(coordinator)
    return try #require(try await HTTPAnswer.get(try await node.adminAddress(), "/readyz")).body
  }

  func winnow(_ arguments: String...) async throws -> (code: Int32, text: String) {
    let verb = try ProgramProcess("winnow", ["--coordinator", address] + arguments)
    return (try await verb.exitCode(), verb.output + verb.errors)
  }

  // MARK: Items

  static let schema = CollectionSchema(embeddingDimension: 4, rerankDimension: 0, attributes: [])

  func create() async throws {
    try await waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
    for _ in 0..<1200 {
      do {
        _ = try await ask(CollectionCreateRequest(name: "shop", schema: try #require(Self.schema)))
        return
      } catch CallError.refused(let error) where error.code == .noReplica {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }

  func upsert(_ ids: Range<UInt64>, op: UInt64) -> UpsertRequest { Self.upsert(ids, op: op) }

  static func upsert(_ ids: Range<UInt64>, op: UInt64) -> UpsertRequest {
    UpsertRequest(
      collection: "shop", generation: Generation(0), writer: 1, op: op, embeddingDimension: 4, rerankDimension: 0,
      ids: Array(ids), expectedVersions: ids.map { _ in 0 }, attributes: .empty(rowCount: ids.count),
      embeddings: ids.flatMap { [Float($0), Float(op), 1, 2] }, rerank: [])
  }

  func write(_ ids: Range<UInt64>, op: UInt64) async throws {
    var answer = try await ask(upsert(ids, op: op))
    // A shard that has just come back takes writes once it has been greeted.
    for _ in 0..<600 where !answer.statuses.allSatisfy({ $0 == .inserted || $0 == .replaced }) {
      try await Task.sleep(for: .milliseconds(50))
      answer = try await ask(upsert(ids, op: op))
    }
    try #require(answer.statuses.allSatisfy { $0 == .inserted || $0 == .replaced }, "\(answer)")
    try #require(answer.durability == .disk)
  }

  /// Feeds items and says that these are all.
  func feed(_ ids: Range<UInt64>, op: UInt64) async throws {
    // A shard that was greeted amid the feed counts from the next one on.
    var incomplete: [Int] = []
    for _ in 0..<60 where incomplete.last != 0 {
      if !incomplete.isEmpty { try await Task.sleep(for: .milliseconds(200)) }
      let feed = try await ask(FeedRequest(collection: "shop", step: .begin))
      try await write(ids, op: op)
      let end = try await ask(FeedRequest(collection: "shop", step: .complete(feed: feed.feed)))
      incomplete.append(Int(end.incompleteShards))
    }
    #expect(incomplete.last == 0, "\(incomplete)")
  }

  func rank(of other: String? = nil) async throws -> RankResponse {
    var request = RankRequest(collection: "shop", k: 100, depth: 1000)
    request.vector = [1, 0.5, 0, 0]
    return try await ask(request, of: other)
  }

  private func stop() async {
    for node in shards + [coordinator].compactMap({ $0 }) { node.stop() }
    await loops.shutdown()
  }
}
