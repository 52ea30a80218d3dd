import CoordinatorNode
import Metadata
import Placement
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// What a coordinator keeps on its disk: every later version opens it, and no flipped bit of it is believed.
@Suite struct DataDirectoryTests {
  /// What a coordinator says of all that it keeps.
  private struct Kept: Equatable {
    let map: ShardMap?
    let collection: String?
    let generation: Generation?
    let schema: CollectionSchema?
    var model: ModelDescribeResponse
    let plan: UInt64
    let slotsLeft: UInt16

    init(_ cluster: TestCluster) throws {
      map = try cluster.ask(ShardMapRequest(.read)).map
      let shop = try cluster.ask(CollectionDescribeRequest(name: nil)).collections.first
      (collection, generation, schema) = (shop?.name, shop?.generation, shop?.schema)
      model = try cluster.ask(ModelDescribeRequest(collection: "shop"))
      let moves = try cluster.ask(RebalanceRequest(.status))
      (plan, slotsLeft) = (moves.plan, moves.slotsLeft)
    }
  }

  /// A cluster with a collection, a model, and a plan of moves on which nobody has begun to work.
  private static func filled() throws -> TestCluster {
    let cluster = try TestCluster(shardCount: 2)
    try cluster.createShop()
    _ = try cluster.ask(try TestCluster.upsert(TestCluster.items(40)))
    try cluster.load(try TestCluster.model(seed: 1, hasFallback: true))
    let goal = RebalanceRequest.Goal.move(slots: 130, from: ShardID(0), to: ShardID(1))
    #expect(try cluster.ask(RebalanceRequest(.begin(goal, .init()))).slotsLeft == 130)
    return cluster
  }

  @Test func theDirectoryOfVersionOneOpens() throws {
    let golden = GoldenFolder("coordinator-1")
    if GoldenFolder.isWanted {
      let disk = try Self.filled().disk
      for (path, size) in disk.sizes {
        try golden.write(String(path.dropFirst("/data/".count)), try #require(try disk.read(path, limit: size)))
      }
    }
    let disk = MemoryDisk()
    for (name, bytes) in try golden.files() {
      let path = "/data/\(name)"
      try disk.makeDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
      try disk.replace(path, with: bytes)
    }
    let kept = try Kept(try TestCluster(shardCount: 2, disk: disk))
    #expect(kept.map?.epoch == Epoch(1) && kept.map?.slotCounts == [2048, 2048])
    #expect(kept.collection == "shop" && kept.schema == TestCluster.schema)
    #expect(kept.model.isLoaded && kept.model.users == 2)
    #expect(kept.model.manifest == (try TestCluster.model(seed: 1, hasFallback: true).manifest))
    #expect(kept.plan > 0 && kept.slotsLeft == 130)
  }

  @Test func noFlippedBitIsBelieved() throws {
    let cluster = try Self.filled()
    let kept = try Kept(cluster)
    let files = cluster.disk.sizes.filter { $0.size > 0 }
    #expect(files.count == 12, "four values in two copies, a model of three files, the owner: \(files)")
    var random = SeededRandom(seed: 12)
    var withoutModel: Set<String> = []
    var losses = 0
    let flips = TestScale.count(200, full: 2000)
    for _ in 0..<flips {
      let (path, size) = files[Int(random.next() % UInt64(files.count))]
      let bit = Int(random.next() % UInt64(size * 8))
      let disk = cluster.disk.copy()
      disk.flip(bit: bit, of: path)
      let damaged = try TestCluster(shardCount: 2, disk: disk)
      var found = try Kept(damaged)
      if !found.model.isLoaded {
        losses += 1
        withoutModel.insert(path)
        #expect(found.model.manifest.isEmpty && found.model.model == 0)
        found.model = kept.model
      }
      #expect(found == kept, "bit \(bit) of \(path)")
    }
    // One copy is enough of a value that has two; a model has one.
    #expect(withoutModel.count == 3 && withoutModel.allSatisfy { $0.hasPrefix("/data/models/") }, "\(withoutModel)")
    TestScale.tell("\(flips) bits of \(files.count) files of a coordinator: \(losses) models lost, all others harmless")
  }

  /// A damaged model takes nothing else down, and a push mends it.
  @Test func aDamagedModelIsServedAroundUntilItIsPushedAgain() throws {
    let cluster = try Self.filled()
    let expected = try cluster.ask(cluster.rank())
    #expect(expected.report.model != 0)
    let path = try #require(cluster.disk.sizes.map(\.path).first { $0.hasSuffix("weights.safetensors") })
    cluster.disk.flip(bit: 4000, of: path)
    try cluster.restart()
    cluster.greet()
    let answer = try cluster.ask(cluster.rank())
    #expect(answer.report.model == 0 && answer.report.coverage == 1_000_000)
    let coordinator = cluster.coordinator
    let obstacles = try cluster.executor.run { await coordinator.obstacles() }
    #expect(obstacles.count == 1 && obstacles[0].contains(path.dropLast("weights.safetensors".count)), "\(obstacles)")
    #expect(obstacles.allSatisfy { $0.contains("winnow model push") })
    try cluster.load(try TestCluster.model(seed: 1, hasFallback: true))
    #expect(try cluster.executor.run { await coordinator.obstacles() } == [])
    #expect(try cluster.ask(cluster.rank()).results.body.bytes == expected.results.body.bytes)
    try cluster.restart()
    cluster.greet()
    #expect(try cluster.ask(cluster.rank()).results.body.bytes == expected.results.body.bytes)
  }

  @Test func bothCopiesDamagedIsNeverANewCluster() throws {
    let cluster = try Self.filled()
    for name in ["shard-map", "catalogue", "moves"] {
      let disk = cluster.disk.copy()
      for side in [".a", ".b"] { disk.flip(bit: 100, of: "/data/\(name)\(side)") }
      #expect(throws: (any Error).self, "\(name)") { try TestCluster(shardCount: 2, disk: disk) }
    }
  }
}
