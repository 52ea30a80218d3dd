import CoordinatorNode
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// What shards have confirmed: an older copy of a shard's data is told by it, and of two coordinators the later one.
@Suite struct ConfirmedTests {
  private let shard = ShardID(1)
  private let data = Bytes16(low: 7, high: 7)
  private let other = Bytes16(low: 8, high: 8)
  private let fresh = Bytes16(low: 9, high: 9)

  private func meet(
    _ confirmed: inout ConfirmedShards, _ epoch: UInt32, _ position: UInt64?, data incarnation: Bytes16? = nil,
    wasComplete: Bool = false
  ) -> Bool {
    let fresh = fresh
    return confirmed.meet(
      shard, incarnation ?? data, Epoch(epoch), position, wasComplete: { wasComplete }, newName: { fresh })
  }

  @Test func dataThatIsBehindWhatItConfirmedIsOlder() {
    var confirmed = ConfirmedShards()
    #expect(!meet(&confirmed, 3, 100))
    confirmed.confirm(shard, data, epoch: Epoch(5), position: 150)
    confirmed.confirm(shard, data, epoch: Epoch(4), position: 120)
    confirmed.confirm(shard, other, epoch: Epoch(9), position: 900)
    #expect(confirmed.entries[shard] == .init(incarnation: data, name: data, epoch: Epoch(5), position: 150))
    var same = confirmed
    #expect(!meet(&same, 5, 150) && !meet(&same, 6, 151) && same.entries[shard]?.isOlder == false)
    // A shard that says no position is compared by its epoch.
    #expect(!meet(&same, 6, nil) && same.entries[shard]?.position == 151)
    var byPosition = confirmed
    #expect(meet(&byPosition, 5, 149))
    #expect(byPosition.entries[shard] == .init(incarnation: data, name: fresh, epoch: Epoch(5), position: 149))
    // It is not found a second time, and stays what it is however far it comes.
    #expect(!meet(&byPosition, 5, 149) && !meet(&byPosition, 8, 1000) && byPosition.entries[shard]?.name == fresh)
    var byEpoch = confirmed
    #expect(meet(&byEpoch, 4, 150) && byEpoch.entries[shard]?.isOlder == true)
    var withoutPosition = confirmed
    #expect(meet(&withoutPosition, 4, nil))
  }

  @Test func otherDataIsOlderIfItWasThereBefore() {
    var confirmed = ConfirmedShards()
    #expect(!meet(&confirmed, 3, 100, wasComplete: true), "the first time nothing is known")
    #expect(!meet(&confirmed, 3, 1, data: other))
    #expect(confirmed.entries[shard]?.name == other)
    #expect(meet(&confirmed, 3, 100, wasComplete: true), "the disk of before is put back")
    #expect(confirmed.entries[shard]?.name == fresh)
    confirmed.forget(shard)
    #expect(confirmed.entries.isEmpty)
  }

  @Test func bytesComeBackAndDamageIsRefused() throws {
    var confirmed = ConfirmedShards()
    confirmed.takeClaim(milliseconds: 0, random: .max)
    for index: UInt16 in 0..<3 {
      _ = confirmed.meet(
        ShardID(index), Bytes16(low: UInt64(index), high: 1), Epoch(2), 5, wasComplete: { false }, newName: { .zero })
    }
    let bytes = confirmed.bytes
    #expect(try ConfirmedShards(bytes: bytes) == confirmed)
    for count in bytes.indices {
      #expect(throws: WireError.self) { try ConfirmedShards(bytes: Array(bytes.prefix(count))) }
    }
    #expect(throws: WireError.self) { try ConfirmedShards(bytes: bytes + [0]) }
    #expect(throws: WireError.self) { try ConfirmedShards(bytes: [2] + bytes.dropFirst()) }
  }

  @Test func aLaterStartHasAGreaterClaim() {
    var confirmed = ConfirmedShards()
    var last: UInt64 = 0
    for (time, random): (UInt64, UInt64) in [(0, 5 << 60), (0, 1), (100, 0), (50, .max), (.max, 0), (.max, .max)] {
      confirmed.takeClaim(milliseconds: time, random: random)
      #expect(confirmed.claim > last)
      last = confirmed.claim
    }
  }

  // MARK: Two coordinators

  private func obstacles(_ cluster: TestCluster) throws -> [String] {
    let coordinator = cluster.coordinator
    return try cluster.executor.run { await coordinator.obstacles() }
  }

  @Test func ofTwoCoordinatorsOnCopiesOfADirectoryTheLaterOneHasTheShards() throws {
    let first = try TestCluster(shardCount: 2)
    try first.createShop()
    _ = try first.ask(try TestCluster.upsert(TestCluster.items(60)))
    try first.load(try TestCluster.model(seed: 1))
    let second = try TestCluster(
      shardCount: 2, seed: 2, disk: first.disk.copy(), shards: first.shards, executor: first.executor)
    _ = try second.ask(try TestCluster.upsert(TestCluster.items(20), op: 2))
    // The shards refuse the first one, which says so from then on, and marks what it answers.
    #expect(first.code(try TestCluster.upsert(TestCluster.items(60), op: 3)) == .displaced)
    #expect(first.code(CollectionDropRequest(generation: Generation(0), name: "shop")) == .displaced)
    #expect(
      first.code(RebalanceRequest(.begin(.move(slots: 130, from: ShardID(0), to: ShardID(1)), .init()))) == .displaced)
    let report = try first.ask(first.rank()).report
    #expect(report.coverage == 0 && report.missing.map(\.cause) == [.displaced, .displaced])
    #expect(try obstacles(first).contains { $0.contains("another coordinator") })
    #expect(try first.ask(StatusRequest()).shards.map(\.missing) == [.displaced, .displaced])
    #expect(try first.ask(MetricsRequest()).text.contains("winnow_coordinator_displaced 1\n"))
    // It does not fight back, and the other one goes on.
    first.greet()
    #expect(try second.ask(second.rank()).report.coverage == 1_000_000)
    #expect(try obstacles(second) == [])
    #expect(try second.ask(MetricsRequest()).text.contains("winnow_coordinator_displaced 0\n"))
    // Who starts it again wants it.
    try first.restart()
    first.greet()
    #expect(try first.ask(first.rank()).report.coverage == 1_000_000)
    #expect(second.code(try TestCluster.upsert(TestCluster.items(60), op: 4)) == .displaced)
    #expect(try second.ask(second.rank()).report.missing.map(\.cause) == [.displaced, .displaced])
  }
}
