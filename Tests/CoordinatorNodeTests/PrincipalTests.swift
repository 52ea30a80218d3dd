import Support
import Testing
import Transport
import Vocabulary
import Wire

@testable import CoordinatorNode

/// What a coordinator does for a caller with a key: which collections it sees, and how much it may ask for.
@Suite struct PrincipalTests {
  private static func quota(_ kind: KeyQuota.Kind, _ rate: Int) -> Principal {
    var quota = KeyQuota()
    quota[kind] = rate
    return Principal(key: "front-1", quota: quota)
  }

  private static func refusal(_ body: () throws -> Void) -> WireError? {
    do { try body() } catch { return error as? WireError }
    return nil
  }

  /// Lets as much time pass as a refusal says.
  private static func wait(_ refusal: WireError, in cluster: TestCluster) throws {
    let executor = cluster.executor
    let end = executor.clock.now().advanced(microseconds: UInt64(refusal.retryAfterMilliseconds) * 1000)
    try executor.run { await executor.sleep(until: end) }
  }

  private static func shop() throws -> TestCluster {
    let cluster = try TestCluster(shardCount: 2)
    try cluster.createShop()
    _ = try cluster.ask(try TestCluster.upsert(TestCluster.items(40)))
    return cluster
  }

  @Test func aCollectionThatTheKeySeesNotIsOneThatIsNotThere() throws {
    let cluster = try Self.shop()
    let (seeing, blind) = (
      Principal(key: "a", scope: CollectionScope(["sh*"])), Principal(key: "b", scope: CollectionScope(["other"]))
    )
    #expect(try cluster.ask(cluster.rank(), as: seeing).results.ids.count == 10)
    // The same code, text and place as for a collection that is not there.
    for name in ["shop", "absent"] {
      let refusal = Self.refusal { _ = try cluster.ask(cluster.rank { $0.collection = name }, as: blind) }
      let absent = Self.refusal { _ = try cluster.ask(cluster.rank { $0.collection = "absent" }) }
      #expect(refusal == absent && absent != nil, "\(name)")
    }
    let write = Self.refusal { _ = try cluster.ask(try TestCluster.upsert(TestCluster.items(1)), as: blind) }
    let description = Self.refusal { _ = try cluster.ask(CollectionDescribeRequest(name: "shop"), as: blind) }
    #expect(write?.code == .unknownCollection && description?.code == .unknownCollection)
    #expect(try cluster.ask(CollectionDescribeRequest(name: nil), as: blind).collections.isEmpty)
    #expect(try cluster.ask(CollectionDescribeRequest(name: nil), as: seeing).collections.map(\.name) == ["shop"])
    #expect(try cluster.ask(StatusRequest(), as: blind).collections.isEmpty)
    #expect(try cluster.ask(StatusRequest(), as: seeing).collections.map(\.name) == ["shop"])
  }

  @Test func queriesOverTheQuotaWaitAndOthersDoNot() throws {
    let cluster = try Self.shop()
    let greedy = Self.quota(.queries, 10)
    // Two seconds of the rate at once, as fast as they come: less than a second passes.
    var answered = 0
    var refused: WireError?
    for _ in 0..<40 where refused == nil {
      refused = Self.refusal { _ = try cluster.ask(cluster.rank(), as: greedy) }
      if refused == nil { answered += 1 }
    }
    let refusal = try #require(refused)
    #expect(20...30 ~= answered, "\(answered)")
    #expect(refusal.code == .quota && refusal.retryAfterMilliseconds >= 1)
    #expect(refusal.errorClass == [.retriable, .notExecuted, .backoff])
    // Other keys, and what is no query, are not touched.
    _ = try cluster.ask(cluster.rank())
    _ = try cluster.ask(cluster.rank(), as: Principal(key: "front-2", quota: greedy.quota))
    _ = try cluster.ask(StatusRequest(), as: greedy)
    let metrics = try cluster.ask(MetricsRequest()).text
    #expect(metrics.contains(#"winnow_quota_refused_total{key="front-1",kind="queries"} 1"#), "\(metrics)")
    // After the time that the refusal names there is something left again.
    try Self.wait(refusal, in: cluster)
    _ = try cluster.ask(cluster.rank(), as: greedy)
  }

  @Test func itemsAndWorkArePaidAfterwards() throws {
    let cluster = try Self.shop()
    // One write of 40 items is let in by an account of 20, and leaves a debt of 20: two seconds.
    let writer = Self.quota(.items, 10)
    _ = try cluster.ask(try TestCluster.upsert(TestCluster.items(40), op: 2), as: writer)
    let debt = Self.refusal { _ = try cluster.ask(try TestCluster.upsert(TestCluster.items(1), op: 3), as: writer) }
    let refusal = try #require(debt)
    #expect(
      refusal.code == .quota && 1500...2001 ~= refusal.retryAfterMilliseconds, "\(refusal.retryAfterMilliseconds)")
    _ = try cluster.ask(cluster.rank(), as: writer)
    try Self.wait(refusal, in: cluster)
    _ = try cluster.ask(try TestCluster.upsert(TestCluster.items(1), op: 3), as: writer)
    // 40 rows of 6 numbers are 0.00024 millions: far below an account of 2.
    let reader = Self.quota(.work, 1)
    for _ in 0..<50 { _ = try cluster.ask(cluster.rank(), as: reader) }
  }
}
