import CoordinatorNode
import Support
import Testing
import Transport
import Vocabulary
import Wire

@Suite struct LossMeterTests {
  private func cluster(rate: Double) throws -> TestCluster {
    var configuration = Coordinator.Configuration()
    configuration.lossRate = rate
    let items = TestCluster.items(300)
    let cluster = try TestCluster(shardCount: 2, configuration: configuration)
    try cluster.createShop()
    for (index, start) in stride(from: 0, to: items.count, by: 100).enumerated() {
      _ = try cluster.ask(try TestCluster.upsert(Array(items[start..<start + 100]), op: UInt64(index + 1)))
    }
    try cluster.load(try TestCluster.model(seed: 5))
    return cluster
  }

  private static func run(_ cluster: TestCluster) throws -> String {
    let (coordinator, executor) = (cluster.coordinator, cluster.executor)
    return try executor.run {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await coordinator.run() }
        await executor.sleep(until: executor.clock.now().advanced(microseconds: 2_000_000))
        group.cancelAll()
      }
      return await coordinator.metricsText()
    }
  }

  private static func value(_ name: String, _ text: String) -> Int? {
    text.split(separator: "\n").first { $0.hasPrefix(name + "{") }.flatMap {
      Int($0.split(separator: " ").last ?? "")
    }
  }

  @Test func theLossIsThatOfTenTimesTheDepth() throws {
    let cluster = try cluster(rate: 1)
    let shallow = try cluster.ask(cluster.rank(k: 8, depth: 12))
    let deep = try cluster.ask(cluster.rank(k: 8, depth: 120) { $0.page.skipsRules = true })
    let text = try Self.run(cluster)
    let common = Set(shallow.results.ids).intersection(deep.results.ids).count
    #expect(common < 8)
    #expect(Self.value("winnow_retrieval_measured_total", text) == 1)
    #expect(Self.value("winnow_retrieval_top_total", text) == 8)
    #expect(Self.value("winnow_retrieval_found_total", text) == common)
    // The second time is counted as no query.
    #expect(text.contains("winnow_queries_total{coverage=\"full\",exact=\"true\"} 2"))
  }

  @Test func withoutAShareNothingIsMeasured() throws {
    let cluster = try cluster(rate: 0)
    _ = try cluster.ask(cluster.rank(k: 8, depth: 12))
    #expect(try !Self.run(cluster).contains("winnow_retrieval_measured_total{"))
  }
}
