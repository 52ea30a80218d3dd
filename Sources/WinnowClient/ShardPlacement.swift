import Bytes
import Placement
public import Vocabulary

/// Which shard keeps which slots.
public struct ShardPlacement: Hashable, Sendable {
  /// A shard of the map.
  public struct Shard: Hashable, Sendable {
    public let id: ShardID
    public let address: String
    /// Its share of slots in relation to the others.
    public let weight: Int
    public let replicas: [String]
    /// Runs of slots, ascending.
    public let slots: [ClosedRange<Int>]

    /// Of 4,096.
    public var slotCount: Int { slots.reduce(0) { $0 + $1.count } }
  }

  public let epoch: Epoch
  /// In hexadecimal.
  public let cluster: String
  public let shards: [Shard]

  init(_ map: ShardMap) {
    epoch = map.epoch
    cluster = ContentHash.hexadecimal(map.clusterID)
    var runs = [[ClosedRange<Int>]](repeating: [], count: map.shards.count)
    var start = 0
    for slot in map.owners.indices where slot + 1 == map.owners.count || map.owners[slot + 1] != map.owners[slot] {
      runs[Int(map.owners[slot])].append(start...slot)
      start = slot + 1
    }
    shards = zip(map.shards, runs).map { shard, slots in
      Shard(id: shard.id, address: shard.address, weight: Int(shard.weight), replicas: shard.replicas, slots: slots)
    }
  }
}
