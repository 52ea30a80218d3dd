import Vocabulary
import WinnowClient

/// Every node is restarted, one after the other, amid queries and writes, as for an upgrade: nothing is lost, and what fails is
/// counted.
enum RestartBenchmark {
  @Sendable static func run(_ size: BenchmarkSize) async throws -> Measurement {
    // The only coordinator of a cluster is away while it starts again.
    let hasEtcd = MemberCluster.canHaveEtcd(for: "the one coordinator goes on")
    let cluster = try MemberCluster(coordinators: hasEtcd ? 2 : 1, etcd: hasEtcd ? 1 : 0)
    defer { cluster.stop() }
    let load = try await cluster.startLoaded(items: 100_000, size)
    let watcher = try cluster.client(connections: 1)
    var rounds: [GrowthLoad.Outcome] = []
    for round in 1...(size == .full ? 3 : 1) {
      rounds.append(
        try await load.amid(round: round) {
          for member in cluster.members {
            try await cluster.waitUntilInSync(watcher)
            try await member.end()
            try member.start()
          }
          try await cluster.waitUntilInSync(watcher)
          for coordinator in hasEtcd ? cluster.coordinators : [] {
            try await coordinator.end()
            try coordinator.start()
            try await waitUntilItAnswers(coordinator.address, load.shop)
          }
        })
      EngineBenchmark.note("round \(round): \(rounds[round - 1])")
      try await load.check(rounds[round - 1], mayFail: true)
    }
    await watcher.close()
    await load.client.close()
    let p99s = rounds.map(\.writeP99)
    var measurement = Measurement(microseconds: p99s, results: load.fingerprint)
    measurement.figures = [
      .init(name: "writes p99 of the worst round", value: (p99s.max() ?? 0) / 1000, unit: "ms", bar: 250),
      MemberCluster.failures(rounds.reduce(0) { $0 + $1.failed }),
    ]
    return measurement
  }

  private static func waitUntilItAnswers(_ address: String, _ shop: GrowthShop) async throws {
    let client = try WinnowClient(address: address)
    for _ in 0..<600 {
      if let answer = try? await client.rank(shop.query(0)), answer.report.isComplete { return await client.close() }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw WrongResult(description: "the coordinator at \(address) does not answer again")
  }
}
