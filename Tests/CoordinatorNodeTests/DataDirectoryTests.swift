import CoordinatorNode
import Metadata
import Placement
import Storage
import Support
import Testing
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
    let model: ModelDescribeResponse
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
    #expect(files.count == 10, "three values in two copies, a model of three files, the owner: \(files)")
    var random = SeededRandom(seed: 12)
    var refused: Set<String> = []
    var refusals = 0
    let flips = TestScale.count(200, full: 2000)
    for _ in 0..<flips {
      let (path, size) = files[Int(random.next() % UInt64(files.count))]
      let bit = Int(random.next() % UInt64(size * 8))
      let disk = cluster.disk.copy()
      disk.flip(bit: bit, of: path)
      do {
        let found = try Kept(try TestCluster(shardCount: 2, disk: disk))
        #expect(found == kept, "bit \(bit) of \(path)")
      } catch is StartError {
        refusals += 1
        refused.insert(path)
      }
    }
    // One copy is enough of a value that has two; a model has one.
    #expect(refused.count == 3 && refused.allSatisfy { $0.hasPrefix("/data/models/") }, "\(refused)")
    TestScale.tell("\(flips) bits of \(files.count) files of a coordinator: \(refusals) refused, all others harmless")
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
