import Placement
import ShardNode
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// A member that was told no group would acknowledge alone what no other member has.
@Suite struct FirstMapTests {
  private let clock = ManualClock()

  /// An empty shard that can have members.
  private func node() -> ShardNode {
    let (executor, random) = (ManualExecutor(), SeededRandomSource(seed: 7))
    let network = MemoryNetwork(executor: executor, random: random)
    return ShardNode(
      ShardNode.Configuration(), clock: clock, random: random, compute: globalConcurrentExecutor,
      outside: .init(timers: executor, network: MemoryHost("here", on: network, executor: executor), random: random))
  }

  private func map(_ addresses: [String]) throws -> ShardMap {
    try ShardMap.first(clusterID: Array(repeating: 5, count: 16), addresses: addresses)
  }

  @Test func aMemberWithoutAGroupTakesNoMapThatNamesOthers() async throws {
    let (node, shared) = (node(), try map(["127.0.0.1:7701+127.0.0.1:7702", "127.0.0.1:7703"]))
    await #expect(throws: WireError(.notPrimary, retryAfterMilliseconds: 20)) {
      _ = try await ShardFixture.ask(ShardMapRequest(.install(shared, as: ShardID(0))), of: node, clock)
    }
    // As the shard of the map that has one address it is complete.
    let reply = try await ShardFixture.ask(ShardMapRequest(.install(shared, as: ShardID(1))), of: node, clock)
    #expect(reply.map == shared)
  }

  @Test func aShardThatWasAloneTakesTheMapThatGivesItMembers() async throws {
    let shard = try await ShardFixture(clock: clock, node: node())
    let grown = try shard.map.placing(ShardID(0), at: ["127.0.0.1:7701", "127.0.0.1:7702"])
    #expect(try await shard.ask(ShardMapRequest(.install(grown, as: ShardID(0)))).map == grown)
  }
}
