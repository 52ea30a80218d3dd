import CoordinatorNode
import ShardNode
import Support
import Testing
import Vocabulary
import Wire

/// What consoles, dashboards and clients ask all day leaves nothing behind at the nodes that they ask, and the last
/// answer takes no longer than the first.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct PolledRequestTests {
  /// Something that is asked again and again.
  enum Poll: String, CaseIterable, Codable, Sendable {
    case status, metrics, shardMap, describe, describeUnknown, modelDescribe, generations, slowLog, clusterLog, moves
    case get, rank, rankUnknown, rankBadFilter, malformed, unknownSnapshot, unknownOpcode, connect
    case consoleStatus, consoleLive, consoleSlow, consoleRank, obstacles
    case shardStatus, shardMetrics, shardMapOfShard, shardDescribe, shardObstacles

    /// Requests that take long without optimisation are sent less often: one small object left by each call still shows.
    var calls: Int { TestScale.count(usualCalls, full: 50_000) }

    private var usualCalls: Int {
      switch self {
      case .status, .shardStatus: 20_000
      case .metrics, .consoleStatus, .get, .rankBadFilter, .unknownSnapshot, .connect, .consoleRank, .shardMetrics:
        5_000
      case .generations, .rank: 1_000
      default: 10_000
      }
    }

    /// Shards keep what the last 256 searches saw.
    var warmUp: Int { self == .rank || self == .consoleRank ? 300 : 0 }

    /// Whether the cluster has a collection. To count its items slot by slot takes most of the time of a status.
    var needsShop: Bool {
      switch self {
      case .modelDescribe, .generations, .get, .rank, .rankBadFilter, .consoleRank: true
      default: false
      }
    }
  }

  @Test(arguments: Poll.allCases) func leavesNothingBehind(poll: Poll) async {
    // A process of its own, in which nothing else takes memory.
    await #expect(processExitsWith: .success) { [poll] in
      let growth = try PolledCluster.run(hasShop: poll.needsShop) { cluster in
        try await Growth(calls: poll.calls, warmUp: poll.warmUp) { try await cluster.ask(poll, $0) }
      }
      #expect(growth.isNone, "\(poll): \(growth)")
    }
  }
}

extension PolledCluster {
  /// Asks once.
  ///
  /// - Parameter number: Of the call: what a client makes up is another thing each time.
  func ask(_ poll: PolledRequestTests.Poll, _ number: Int) async throws {
    switch poll {
    case .status: await ask(StatusRequest())
    case .metrics: await ask(MetricsRequest())
    case .shardMap: await ask(ShardMapRequest(.read))
    case .describe: await ask(CollectionDescribeRequest(name: nil))
    case .describeUnknown: await ask(CollectionDescribeRequest(name: "made-up-\(number)"), .unknownCollection)
    case .modelDescribe: await ask(ModelDescribeRequest(collection: "shop"))
    case .generations: await ask(GenerationRequest(collection: "shop", step: .list))
    case .slowLog: await ask(SlowLogRequest())
    case .clusterLog: await ask(ClusterLogRequest())
    case .moves: await ask(RebalanceRequest(.status))
    case .get: await ask(GetRequest(collection: "shop", ids: [1, UInt64(number)]))
    case .rank: await ask(TestCluster.rank(k: 2))
    case .rankUnknown:
      var request = TestCluster.rank(k: 2)
      request.collection = "made-up-\(number)"
      await ask(request, .unknownCollection)
    case .rankBadFilter:
      var request = TestCluster.rank(k: 2)
      request.filter = "made_up_\(number) > 1"
      await ask(request, .badFilter)
    case .malformed: await ask(.rank, [UInt8](repeating: 0xFF, count: number % 50), refusal: nil)
    case .unknownSnapshot: await ask(SnapshotRequest(snapshot: UInt64(number) + 1, step: .end))
    case .unknownOpcode:
      await ask(Opcode(rawValue: 0x70 + UInt8(number % 0x80)), [], refusal: .unknownOpcode)
    case .connect: try await connect()
    case .consoleStatus: _ = await coordinator.console.status()
    case .consoleLive: _ = coordinator.console.live()
    case .consoleSlow: _ = coordinator.console.slow()
    case .consoleRank:
      let query = #"{"collection": "shop", "user": \#(number), "k": 2}"#
      _ = await coordinator.console.rank(Array(query.utf8))
    case .obstacles: _ = await coordinator.obstacles()
    case .shardStatus: await askShard(StatusRequest())
    case .shardMetrics: await askShard(MetricsRequest())
    case .shardMapOfShard: await askShard(ShardMapRequest(.read))
    case .shardDescribe: await askShard(CollectionDescribeRequest(name: nil))
    case .shardObstacles: _ = await shards[0].report.obstacles()
    }
  }
}
