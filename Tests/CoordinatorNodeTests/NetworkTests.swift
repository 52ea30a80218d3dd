import CoordinatorNode
import Metadata
import Placement
import ShardNode
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// The whole cluster over its own protocol, on a network in memory.
@Suite struct NetworkTests {
  /// Servers, a running coordinator and a client of it.
  private struct Stage: Sendable {
    let executor: ManualExecutor
    let network: MemoryNetwork
    let coordinator: Coordinator
    let client: ConnectionPool

    func ask<Request: RequestMessage>(_ request: Request, budget: UInt32 = 1_000_000) async throws -> Request.Reply {
      let body = request.body
      let reply = try await client.call(Request.opcode, body: body, budgetMicroseconds: budget)
      return try Request.Reply(body: reply.body, version: body.version)
    }

    func sleep(_ microseconds: UInt64) async {
      await executor.sleep(until: executor.clock.now().advanced(microseconds: microseconds))
    }

    func shard(_ index: Int, seed: UInt64) async throws -> Server {
      let node = ShardNode(clock: executor.clock, random: SeededRandomSource(seed: seed), compute: executor)
      return try await Server.listen(
        TestCluster.addresses(index + 1)[index], over: network, handler: node, random: SeededRandomSource(seed: seed))
    }
  }

  private func run(
    shards count: Int, _ body: @escaping @Sendable (Stage, [Server]) async throws -> Void
  ) throws {
    let executor = ManualExecutor()
    try executor.run {
      let network = MemoryNetwork(executor: executor, random: SeededRandomSource(seed: 1))
      let directory = try DataDirectory("/data", on: MemoryDisk())
      let coordinator = try await Coordinator(
        .init(),
        .init(
          timers: executor, random: SeededRandomSource(seed: 2), compute: executor, directory: directory,
          metadata: try FileMetadataStore(directory)), shards: TestCluster.addresses(count)
      ) { shard, identity in
        PooledShardCaller(
          to: shard.address, over: network, identity: identity, random: SeededRandomSource(seed: 3), executor: executor)
      }
      let server = try await Server.listen(
        "coordinator:1", over: network, handler: coordinator, random: SeededRandomSource(seed: 4))
      coordinator.show(server)
      let client = ConnectionPool(
        to: "coordinator:1", over: network,
        configuration: ClientConfiguration(identity: NodeIdentity(role: .client)), random: SeededRandomSource(seed: 5),
        executor: executor)
      let stage = Stage(executor: executor, network: network, coordinator: coordinator, client: client)
      var servers: [Server] = []
      for index in 0..<count { servers.append(try await stage.shard(index, seed: UInt64(10 + index))) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await coordinator.run() }
        await client.start()
        await stage.sleep(100_000)
        try await body(stage, servers)
        await client.close()
        group.cancelAll()
      }
      await server.close()
      for server in servers { await server.close() }
    }
  }

  @Test func clusterComesUpFeedsRanksAndSurvivesItsShards() throws {
    try run(shards: 3) { stage, servers in
      let items = TestCluster.items(200)
      _ = try await stage.ask(CollectionCreateRequest(name: "shop", schema: try #require(TestCluster.schema)))
      _ = try await stage.ask(try TestCluster.upsert(items))
      var request = RankRequest(collection: "shop", k: 10, depth: 30)
      request.vector = TestCluster.query
      let whole = try await stage.ask(request)
      let slow = SlowSearch.search(items, query: TestCluster.query, limit: 10)
      #expect(whole.results.isExact && whole.results.ids == slow.map(\.itemID.rawValue))

      // A shard that no longer answers.
      stage.network.isolate("127.0.0.1:7702")
      let begin = stage.executor.clock.now()
      let partial = try await stage.ask(request, budget: 200_000)
      #expect(begin.microseconds(until: stage.executor.clock.now()) < 200_000)
      #expect(partial.report.missing.map(\.cause) == [.timedOut])
      stage.network.restore("127.0.0.1:7702")
      await stage.sleep(60_000_000)
      #expect(try await stage.ask(request).results.body.bytes == whole.results.body.bytes)

      // A shard that dies and comes back without its data.
      await servers[1].close()
      await stage.sleep(100_000)
      #expect(try await stage.ask(request).report.missing.map(\.cause) == [.unreachable])
      let empty = try await stage.shard(1, seed: 99)
      await stage.sleep(10_000_000)
      #expect(try await stage.ask(request).report.missing.map(\.cause) == [.restartedEmpty])
      let feed = try await stage.ask(FeedRequest(collection: "shop", step: .begin)).feed
      _ = try await stage.ask(try TestCluster.upsert(items, op: 2))
      let fed = try await stage.ask(FeedRequest(collection: "shop", step: .complete(feed: feed)))
      #expect(fed.incompleteShards == 0)
      #expect(try await stage.ask(request).results.body.bytes == whole.results.body.bytes)

      let status = try await stage.ask(StatusRequest())
      #expect(status.shards.allSatisfy { $0.state == .up && $0.missing == nil && $0.items > 0 })
      #expect(status.links.allSatisfy { $0.rawBytesOut > 0 && $0.wireBytesIn > 0 })
      await empty.close()
    }
  }
}
