import Glibc
import SocketTransport
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// The chaos matrix over real sockets: what was acknowledged is there, and no answer is wrong, whatever happens to the
  /// bytes. Results are checked, and that there are any; times are not.
  @Suite struct ChaosTests {
    @Test func aSlowShardDelaysAndChangesNothing() async throws {
      try await ChaosCluster.run { cluster in
        let ledger = try ChaosLedger(cluster, seed: 4)
        try await ledger.fill()
        cluster.ways[0].weather.toClient.delayMicroseconds = 200_000
        cluster.ways[0].weather.toClient.delaysOneOf = 10
        try await ledger.work(60)
        #expect(ledger.counts.doubtful == 0 && ledger.counts.refused == 0)
        #expect(ledger.fullAnswers > 0)
        try await ledger.verify()
        await ledger.close()
      }
    }

    @Test func stopsAndContinuesInAStormChangeNothing() async throws {
      try await ChaosCluster.run { cluster in
        let ledger = try ChaosLedger(cluster, seed: 9)
        try await ledger.fill()
        let nodes = cluster.shards + [cluster.coordinator]
        let storm = Task(executorPreference: globalConcurrentExecutor) {
          // A process that goes on after a stop finds its waits interrupted, without a handler for anything.
          var count = 0
          while !Task.isCancelled {
            let node = nodes[count % nodes.count]
            node.signal(SIGSTOP)
            node.signal(SIGCONT)
            count += 1
            try? await Task.sleep(for: .microseconds(300))
          }
          return count
        }
        try await ledger.work(80)
        storm.cancel()
        #expect(await storm.value > 100)
        #expect(ledger.counts.doubtful == 0 && ledger.counts.refused == 0)
        try await ledger.verify()
        await ledger.close()
      }
    }

    @Test(arguments: [false, true]) func aPartitionIsLabelledAndHeals(isOneWay: Bool) async throws {
      try await ChaosCluster.run { cluster in
        let ledger = try ChaosLedger(cluster, seed: 14)
        try await ledger.fill()
        cluster.ways[0].weather.toClient.isHeld = true
        cluster.ways[0].weather.toServer.isHeld = !isOneWay
        let before = ledger.fullAnswers
        #expect(try await !ledger.rank())
        try await ledger.work(4)
        #expect(ledger.fullAnswers == before)
        cluster.heal()
        try await ledger.verify()
        try await ledger.work(30)
        try await ledger.verify()
        await ledger.close()
      }
    }

    @Test func aKilledCoordinatorForgetsNothing() async throws {
      try await ChaosCluster.run { cluster in
        let ledger = try ChaosLedger(cluster, seed: 20)
        try await ledger.fill()
        for _ in 0..<3 {
          async let killed: Void = {
            try await Task.sleep(for: .milliseconds(30))
            try await cluster.restartCoordinator()
          }()
          try await ledger.work(30)
          try await killed
          try await ledger.verify()
        }
        await ledger.close()
      }
    }

    @Test func aConnectionMayBreakAtEveryByte() async throws {
      try await ChaosCluster.run { cluster in
        let ledger = try ChaosLedger(cluster, seed: 22)
        try await ledger.fill()
        // From the first byte of the handshake to the last of the answer.
        for limit in stride(from: 1, to: 1200, by: 7) {
          cluster.front.weather.cutAfterByteCount = limit
          try await ledger.reconnect()
          try await ledger.write(ledger.some(2))
        }
        #expect(cluster.front.cutCount > 80)
        #expect(ledger.counts.settled > 80 && ledger.counts.refused > 0)
        for limit in [30, 400, 800, 1500] {
          for way in cluster.ways {
            way.weather.cutAfterByteCount = limit
            way.resetAll()
          }
          try await ledger.work(4)
        }
        try await ledger.verify()
        await ledger.close()
      }
    }

    @Test func flippedBitsAreNoticed() async throws {
      try await ChaosCluster.run { cluster in
        let ledger = try ChaosLedger(cluster, seed: 23)
        try await ledger.fill()
        for proxy in cluster.ways + [cluster.front] {
          proxy.weather.toServer.flipsOneBitInBytes = 8000
          proxy.weather.toClient.flipsOneBitInBytes = 8000
        }
        try await ledger.work(80)
        let flips = (cluster.ways + [cluster.front]).reduce(0) { $0 + $1.flipCount }
        #expect(flips > 2)
        #expect(ledger.counts.settled > 20)
        cluster.heal()
        try await ledger.verify()
        await ledger.close()
      }
    }

    @Test func doubledConnectionsChangeNothing() async throws {
      var plan = ChaosCluster.Plan()
      plan.weather.isDoubled = true
      // The second connection is late, so that its writes come behind newer ones.
      plan.weather.toServer.delayMicroseconds = 3000
      plan.weather.toServer.delaysOneOf = 3
      try await ChaosCluster.run(plan) { cluster in
        let ledger = try ChaosLedger(cluster, seed: 24)
        try await ledger.fill()
        try await ledger.work(120)
        #expect(ledger.counts.doubtful == 0 && ledger.counts.refused == 0)
        try await ledger.verify()
        await ledger.close()
      }
    }

    @Test func aNarrowWayToOneShardChangesNothing() async throws {
      try await ChaosCluster.run { cluster in
        let ledger = try ChaosLedger(cluster, seed: 25)
        try await ledger.fill()
        cluster.ways[0].weather.toServer.bytesPerSecond = 40_000
        cluster.ways[0].weather.toClient.bytesPerSecond = 40_000
        try await ledger.work(60)
        cluster.heal()
        try await ledger.verify()
        await ledger.close()
      }
    }

    @Test func aPeerThatIsHalfOpenIsLetGo() async throws {
      let loops = try EventLoopGroup(loopCount: 1)
      var configuration = ServerConfiguration()
      configuration.client.idleMicroseconds = 200_000
      let server = try await Server.listen(
        "127.0.0.1:0", over: SocketNetwork(group: loops), handler: SilentNode(), configuration: configuration,
        random: SystemRandom())
      let proxy = ChaosProxy(to: server.address)
      let client = try await Self.client(proxy.address, loops)
      let neighbour = try await Self.client(server.address, loops)
      #expect(await server.snapshot().connectionCount == 2)
      proxy.weather.isHalfOpen = true
      await client.close()
      // The neighbour answers the server's PING and stays.
      for _ in 0..<1200 where await server.snapshot().connectionCount > 1 {
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(await server.snapshot().connectionCount == 1)
      _ = try await neighbour.call(.metrics, body: MetricsRequest().body, budgetMicroseconds: 10_000_000)
      proxy.stop()
      await server.close()
      await loops.shutdown()
    }

    private static func client(_ address: String, _ loops: EventLoopGroup) async throws -> ClientConnection {
      let connection = try await ClientConnection.open(
        address, over: SocketNetwork(group: loops),
        configuration: ClientConfiguration(identity: NodeIdentity(role: .client)), random: SystemRandom(),
        deadline: loops.loops[0].clock.now().advanced(microseconds: 20_000_000))
      _ = try await connection.ready()
      return connection
    }
  }
}

/// A node that knows nothing but its metrics.
private struct SilentNode: RequestHandler {
  let identity = NodeIdentity(role: .coordinator)
  let servedOpcodes: OpcodeSet = [.metrics]

  nonisolated(nonsending) func handle(_ request: InboundRequest) async -> Outcome {
    .reply(MetricsResponse(text: "").body)
  }
}
