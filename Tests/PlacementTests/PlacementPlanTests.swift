import Placement
import Support
import Testing
import Vocabulary

@Suite struct PlacementPlanTests {
  private static func map(weights: [UInt16], seed: UInt64) throws -> ShardMap {
    var random = SeededRandom(seed: seed)
    let shards = weights.enumerated().map {
      ShardMap.Shard(id: ShardID(UInt16(3 * $0)), address: "h:\($0 + 1)", weight: $1)
    }
    return try ShardMap(
      epoch: Epoch(7), clusterID: ShardMapTests.clusterID, shards: shards,
      owners: (0..<4096).map { _ in UInt16.random(in: 0..<UInt16(weights.count), using: &random) })
  }

  /// The map after a whole plan.
  private static func after(_ plan: PlacementPlan, _ map: ShardMap) throws -> ShardMap {
    try plan.moves(left: map).reduce(map) { try $0.moving($1.slots, to: $1.target) }
  }

  @Test(arguments: [(1, 2), (4, 5), (8, 9), (16, 17), (255, 256)])
  func oneMoreShardMovesItsShareAndNothingElse(before: Int, after: Int) throws {
    let map = try ShardMapTests.firstMap(before).adding(address: "new:1")
    #expect(map.epoch == Epoch(2) && map.shards.count == after && map.slotCounts.last == 0)
    let new = try #require(map.shards.last?.id)
    let plan = try #require(PlacementPlan.balanced(map))
    #expect(plan.targets.values.allSatisfy { $0 == new })
    #expect(abs(plan.targets.count - 4096 / after) <= 1)
    let counts = try Self.after(plan, map).slotCounts
    #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
  }

  @Test(arguments: UInt64(1)...40) func aPlanReachesTheSharesWithTheFewestMoves(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let weights = (0..<Int.random(in: 2...9, using: &random)).map { _ in
      UInt16.random(in: 0...4, using: &random) * 50
    }
    let map = try Self.map(weights: weights.allSatisfy { $0 == 0 } ? [0, 1] : weights, seed: seed)
    let plan = try #require(PlacementPlan.balanced(map))
    let end = try Self.after(plan, map)
    let total = Double(map.shards.reduce(0) { $0 + Int($1.weight) })
    for (shard, count) in zip(end.shards, end.slotCounts) {
      let share = 4096 * Double(shard.weight) / total
      #expect(abs(Double(count) - share) < 1, "shard \(shard.id) of weight \(shard.weight)")
    }
    // No plan to these counts needs fewer moves than the shards have to give.
    let toGive = zip(map.slotCounts, end.slotCounts).reduce(0) { $0 + max(0, $1.0 - $1.1) }
    #expect(plan.targets.count == toGive)
    #expect(plan.moves(left: end).isEmpty)
    #expect(PlacementPlan.balanced(end)?.targets.isEmpty == true)
    for move in plan.moves(left: map) {
      #expect(move.slots.slots.allSatisfy { map.owner(of: $0).id == move.source })
    }
  }

  @Test func aDrainedShardEndsEmptyAndCanGo() throws {
    let map = try ShardMapTests.firstMap(3).weighing(ShardID(1), 0)
    #expect(throws: ShardMapError.shardNotEmpty(ShardID(1))) { try map.removing(ShardID(1)) }
    let plan = try #require(PlacementPlan.balanced(map))
    #expect(plan.moves(left: map).allSatisfy { $0.source == ShardID(1) })
    let empty = try Self.after(plan, map)
    #expect(empty.slots(of: ShardID(1)).isEmpty)
    let rest = try empty.removing(ShardID(1))
    #expect(rest.shards.map(\.id) == [ShardID(0), ShardID(2)])
    for slot in Slot.all { #expect(rest.owner(of: slot).id == empty.owner(of: slot).id) }
    // Its number is not used again for another shard while one above it is there.
    #expect(try rest.adding(address: "new:1").shards.map(\.id) == [ShardID(0), ShardID(2), ShardID(3)])
  }

  @Test func theLastShardWithAWeightKeepsIt() throws {
    let map = try ShardMapTests.firstMap(2).weighing(ShardID(0), 0)
    #expect(throws: ShardMapError.noWeight) { try map.weighing(ShardID(1), 0) }
    #expect(throws: ShardMapError.noSuchShard(ShardID(5))) { try map.weighing(ShardID(5), 1) }
  }

  @Test func anExplicitMoveTakesSoManySlots() throws {
    let map = try ShardMapTests.firstMap(2)
    let plan = try #require(PlacementPlan.moving(100, from: ShardID(0), to: ShardID(1), map))
    #expect(try Self.after(plan, map).slotCounts == [1948, 2148])
    #expect(PlacementPlan.moving(2049, from: ShardID(0), to: ShardID(1), map) == nil)
    #expect(PlacementPlan.moving(1, from: ShardID(0), to: ShardID(0), map) == nil)
    #expect(PlacementPlan.moving(1, from: ShardID(0), to: ShardID(7), map) == nil)
  }

  @Test func whatIsDoneIsReadFromTheMap() throws {
    let map = try ShardMapTests.firstMap(2)
    let plan = try #require(PlacementPlan.moving(10, from: ShardID(0), to: ShardID(1), map))
    let some = try map.moving(try #require(plan.moves(left: map).first).slots.lowest(4), to: ShardID(1))
    #expect(plan.moves(left: some).map(\.slots.count) == [6])
  }

  @Test func membersOfAShardComeAndGo() throws {
    let map = try ShardMapTests.firstMap(2)
    let more = try map.placing(ShardID(1), at: [map.shards[1].address, "h:1", "h:2"])
    #expect(more.epoch.rawValue == map.epoch.rawValue + 1 && more.owners == map.owners)
    #expect(more.shards[1].words == "\(map.shards[1].address)+h:1+h:2" && more.shards[0] == map.shards[0])
    #expect(try more.placing(ShardID(1), at: ["h:2", "h:1"]).shards[1].addresses == ["h:2", "h:1"])
    #expect(throws: ShardMapError.noSuchShard(ShardID(9))) { try map.placing(ShardID(9), at: ["h:1"]) }
    #expect(throws: ShardMapError.addressTwice) { try map.placing(ShardID(1), at: ["h:1", map.shards[0].address]) }
    #expect(throws: ShardMapError.badAddress(ShardID(1))) { try map.placing(ShardID(1), at: []) }
    #expect(throws: ShardMapError.tooManyReplicas(ShardID(1))) {
      try map.placing(ShardID(1), at: (1...9).map { "h:\($0)" })
    }
  }

  @Test func aGroupFollowsTheAddressesOfItsMembers() throws {
    let members = [(5, true), (6, false), (7, true)].map { ShardGroup.Member(node: $0, isInSync: $1) }
    let group = try #require(ShardGroup(term: 4, primary: 2, data: Array(repeating: 1, count: 16), members: members))
    let placed = try #require(group.placed([2, nil, 0]))
    #expect(placed.term == 4 && placed.primary == 0 && placed.data == group.data)
    #expect(placed.members.map(\.node) == [7, 0, 5] && placed.inSync == [0, 2])
    #expect(group.placed([0, 1]) == nil && group.placed([]) == nil && group.placed([9, 2])?.inSync == [1])
  }

  @Test func aFullMapTakesNoMoreShardsAndNoAddressTwice() throws {
    #expect(throws: ShardMapError.badShardCount(257)) { try ShardMapTests.firstMap(256).adding(address: "new:1") }
    let map = try ShardMapTests.firstMap(2)
    #expect(throws: ShardMapError.addressTwice) { try map.adding(address: map.shards[0].address) }
    #expect(throws: ShardMapError.badAddress(ShardID(2))) { try map.adding(address: "nowhere") }
  }
}
