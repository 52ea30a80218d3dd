package import Vocabulary

/// Which slots change their shard: what an admin is shown before, and what is left to do at any later time, when it is
/// compared with the map.
package struct PlacementPlan: Hashable, Sendable {
  /// Slots that go from one shard to another.
  package struct Move: Hashable, Sendable {
    /// The shard that owns them now.
    package let source: ShardID
    /// The shard that will own them.
    package let target: ShardID
    /// At least one.
    package let slots: SlotSet
  }

  /// For each slot that has a place to go to, that place.
  package let targets: [Slot: ShardID]

  /// A plan of its goals.
  package init(targets: [Slot: ShardID]) { self.targets = targets }

  /// The fewest moves that give each shard its share by weight; a shard of weight 0 is emptied.
  ///
  /// Shares are whole numbers that sum to 4,096: what is left after rounding down goes to shards that keep more than
  /// their share already, then to the largest remainders, so that no slot moves for a rounding.
  /// - Returns: `nil` if no shard has a weight.
  package static func balanced(_ map: ShardMap) -> PlacementPlan? {
    guard let shares = shares(map) else { return nil }
    let counts = map.slotCounts
    var room = zip(shares, counts).map { max(0, $0 - $1) }
    var targets: [Slot: ShardID] = [:]
    var receiver = 0
    for (index, shard) in map.shards.enumerated() where counts[index] > shares[index] {
      // From the top of what it keeps, so that it keeps one run of slots where it had one.
      for slot in map.slots(of: shard.id).slots.suffix(counts[index] - shares[index]) {
        while room[receiver] == 0 { receiver += 1 }
        room[receiver] -= 1
        targets[slot] = map.shards[receiver].id
      }
    }
    return PlacementPlan(targets: targets)
  }

  /// A number of slots from one shard to another: the uppermost that it keeps.
  ///
  /// - Returns: `nil` if it keeps fewer, or there is no such shard.
  package static func moving(
    _ count: Int, from source: ShardID, to target: ShardID, _ map: ShardMap
  ) -> PlacementPlan? {
    let slots = map.slots(of: source).slots
    guard count > 0, slots.count >= count, source != target, map.index(of: target) != nil else { return nil }
    return PlacementPlan(targets: Dictionary(uniqueKeysWithValues: slots.suffix(count).map { ($0, target) }))
  }

  /// The moves that are left, ascending by source, then target.
  package func moves(left map: ShardMap) -> [Move] {
    var sets: [[ShardID]: SlotSet] = [:]
    for (slot, target) in targets where map.owner(of: slot).id != target {
      sets[[map.owner(of: slot).id, target], default: SlotSet()].insert(slot)
    }
    return sets.sorted { ($0.key[0], $0.key[1]) < ($1.key[0], $1.key[1]) }.map {
      Move(source: $0.key[0], target: $0.key[1], slots: $0.value)
    }
  }

  private static func shares(_ map: ShardMap) -> [Int]? {
    let weights = map.shards.map { Int($0.weight) }
    let total = weights.reduce(0, +)
    guard total > 0 else { return nil }
    let counts = map.slotCounts
    var shares = weights.map { Limits.slotCount * $0 / total }
    let left = Limits.slotCount - shares.reduce(0, +)
    let order = weights.indices.filter { weights[$0] > 0 }.sorted { a, b in
      let (hasMore, hasMoreB) = (counts[a] > shares[a], counts[b] > shares[b])
      if hasMore != hasMoreB { return hasMore }
      let (remainder, remainderB) = (Limits.slotCount * weights[a] % total, Limits.slotCount * weights[b] % total)
      return remainder != remainderB ? remainder > remainderB : a < b
    }
    for index in order.prefix(left) { shares[index] += 1 }
    return shares
  }
}

extension SlotSet {
  /// At most `count` of the slots, the lowest.
  package func lowest(_ count: Int) -> SlotSet { SlotSet(slots.prefix(count)) }
}
