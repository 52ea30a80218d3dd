package import Vocabulary

// The changes that a map can make. Each gives the next map, of the next epoch; none changes where slots are but `moving`.
extension ShardMap {
  /// The map with one more shard, which keeps nothing yet.
  ///
  /// - Throws: `ShardMapError` for an address that is none or is there, or if there are 256 shards.
  package func adding(address: String, weight: UInt16 = 100) throws(ShardMapError) -> ShardMap {
    guard shards.count < Limits.shardsMax else { throw .badShardCount(shards.count + 1) }
    let shard = Shard(id: freeID, address: address, weight: weight)
    let position = shards.firstIndex { $0.id > shard.id } ?? shards.count
    return try next(
      shards: shards[..<position] + [shard] + shards[position...],
      owners: owners.map { Int($0) < position ? $0 : $0 + 1 })
  }

  /// The map without a shard that keeps nothing.
  ///
  /// - Throws: `ShardMapError`: it is not there, it keeps slots.
  package func removing(_ id: ShardID) throws(ShardMapError) -> ShardMap {
    guard let index = index(of: id) else { throw .noSuchShard(id) }
    guard slotCounts[index] == 0 else { throw .shardNotEmpty(id) }
    return try next(
      shards: shards[..<index] + shards[(index + 1)...], owners: owners.map { Int($0) < index ? $0 : $0 - 1 })
  }

  /// The map in which a shard's members listen at these addresses, in this order.
  ///
  /// - Throws: `ShardMapError`: it is not there, an address stands twice, there are none or too many of them.
  package func placing(_ id: ShardID, at addresses: [String]) throws(ShardMapError) -> ShardMap {
    guard let index = index(of: id) else { throw .noSuchShard(id) }
    guard let first = addresses.first else { throw .badAddress(id) }
    guard addresses.count <= ShardGroup.membersMax else { throw .tooManyReplicas(id) }
    var shards = shards
    shards[index] = Shard(
      id: id, address: first, weight: shards[index].weight, replicas: Array(addresses.dropFirst()))
    let all = shards.flatMap(\.addresses)
    guard Set(all).count == all.count else { throw .addressTwice }
    return try next(shards: shards[...], owners: owners)
  }

  /// The map with another weight of a shard.
  ///
  /// - Throws: `ShardMapError`: it is not there, or no shard would have a weight.
  package func weighing(_ id: ShardID, _ weight: UInt16) throws(ShardMapError) -> ShardMap {
    guard let index = index(of: id) else { throw .noSuchShard(id) }
    var shards = shards
    shards[index] = Shard(id: id, address: shards[index].address, weight: weight, replicas: shards[index].replicas)
    guard shards.contains(where: { $0.weight > 0 }) else { throw .noWeight }
    return try next(shards: shards[...], owners: owners)
  }

  /// The map in which some slots belong to a shard.
  ///
  /// - Throws: `ShardMapError`: it is not there.
  package func moving(_ slots: SlotSet, to id: ShardID) throws(ShardMapError) -> ShardMap {
    guard let index = index(of: id) else { throw .noSuchShard(id) }
    var owners = owners
    for slot in slots.slots { owners[Int(slot.rawValue)] = UInt16(index) }
    return try next(shards: shards[...], owners: owners)
  }

  /// A number above those of all shards, so that a shard that was removed is not taken for the new one; only once the
  /// numbers have run out one that no shard has. The last one stands for no shard on the wire.
  private var freeID: ShardID {
    if let last = shards.last, last.id.rawValue < .max - 1 { return ShardID(last.id.rawValue + 1) }
    let taken = Set(shards.map(\.id))
    return (0..<UInt16.max).lazy.map { ShardID($0) }.first { !taken.contains($0) } ?? ShardID(0)
  }

  private func next(shards: ArraySlice<Shard>, owners: [UInt16]) throws(ShardMapError) -> ShardMap {
    guard epoch.rawValue < .max else { throw .noEpochLeft }
    return try ShardMap(
      epoch: Epoch(epoch.rawValue + 1), clusterID: clusterID, shards: Array(shards), owners: owners)
  }
}
