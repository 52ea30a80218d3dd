import SocketTransport
import Vocabulary
import WinnowClient

/// Primaries, and members of etcd, that are killed amid queries and writes: nothing is lost, and what fails is counted.
enum FailoverBenchmark {
  /// Twenty primaries, of two shards in turn.
  @Sendable static func primaries(_ size: BenchmarkSize) async throws -> Measurement {
    let cluster = try MemberCluster()
    defer { cluster.stop() }
    let load = try await cluster.startLoaded(items: 100_000, size)
    let watcher = try cluster.client(connections: 1)
    var waits: [Double] = []
    var failed = 0
    for kill in 0..<(size == .full ? 20 : 2) {
      // The load of each kill ends for itself, so that its longest write is known.
      let outcome = try await load.amid(round: kill + 1) {
        try await cluster.waitUntilInSync(watcher)
        let primary = try await cluster.primary(of: kill % 2, watcher)
        try await cluster.members[primary].kill()
        try await cluster.wait(watcher, until: "another member leads") { members in
          members.indices.contains(primary)
            && members.contains {
              $0.isPrimary && $0.shard == members[primary].shard && $0.address != members[primary].address
            }
        }
        try cluster.members[primary].start()
        try await cluster.waitUntilInSync(watcher)
      }
      EngineBenchmark.note("kill \(kill + 1): \(outcome)")
      try await load.check(outcome, mayFail: true)
      failed += outcome.failed
      waits.append(outcome.writes.max() ?? 0)
    }
    await watcher.close()
    await load.client.close()
    var measurement = Measurement(microseconds: waits, results: load.fingerprint)
    measurement.figures = [
      .init(name: "the longest write", value: (waits.max() ?? 0) / 1000, unit: "ms", bar: 3000),
      MemberCluster.failures(failed),
    ]
    return measurement
  }

  /// Each of three members of etcd once, so also the one that leads them, with two coordinators.
  @Sendable static func etcd(_ size: BenchmarkSize) async throws -> Measurement {
    guard MemberCluster.canHaveEtcd(for: "nothing is killed") else { return Measurement(microseconds: [], results: []) }
    let cluster = try MemberCluster(shards: 1, coordinators: 2, etcd: 3)
    defer { cluster.stop() }
    let load = try await cluster.startLoaded(items: 50_000, size)
    let admin = try cluster.client(connections: 1)
    try await cluster.waitUntilInSync(admin)
    let clock = SystemClock()
    var waits: [Double] = []
    let outcome = try await load.amid(round: 1) {
      for (number, member) in cluster.etcd.enumerated() {
        let start = clock.now()
        try await member.kill()
        // An admin waits until the two that are left have elected one of them.
        try await create("after\(number)", load.shop.schema, admin)
        waits.append(Double(start.microseconds(until: clock.now())))
        try member.start()
        try await Task.sleep(for: .seconds(size == .full ? 5 : 1))
      }
    }
    EngineBenchmark.note("\(outcome)")
    try await load.check(outcome, mayFail: true)
    await admin.close()
    await load.client.close()
    var measurement = Measurement(microseconds: waits, results: load.fingerprint)
    measurement.figures = [MemberCluster.failures(outcome.failed)]
    return measurement
  }

  private static func create(_ name: String, _ schema: CollectionSchema, _ admin: WinnowClient) async throws {
    for _ in 0..<300 {
      if (try? await admin.createCollection(name, schema: schema)) != nil { return }
      // One whose outcome was not told may have made it.
      if (try? await admin.status().collections.contains { $0.name == name }) == true { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw WrongResult(description: "nothing is administered while two of three members of etcd live")
  }
}
