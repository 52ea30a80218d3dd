import Bytes
package import Vocabulary

/// Which shard keeps which slot: the one table of placement, in its version `epoch`.
package struct ShardMap: Hashable, Sendable {
  /// A shard of the map.
  package struct Shard: Hashable, Sendable {
    /// Its number, unique in the map.
    package let id: ShardID
    /// Where its primary listens, `HOST:PORT`.
    package let address: String
    /// Its share of slots in relation to the others; 0 = to be emptied.
    package let weight: UInt16
    /// Where its other members listen, at most 255; empty: it has none.
    package let replicas: [String]

    /// A shard, checked when the map is made.
    package init(id: ShardID, address: String, weight: UInt16 = 100, replicas: [String] = []) {
      self.id = id
      self.address = address
      self.weight = weight
      self.replicas = replicas
    }

    /// Where its members listen, by their places.
    package var addresses: [String] { [address] + replicas }

    /// The members as people write them: their addresses with `+` between.
    package var words: String { addresses.joined(separator: "+") }
  }

  /// Bytes of a cluster id.
  package static let clusterIDByteCount = 16

  /// The version of the map; never 0.
  package let epoch: Epoch
  /// The cluster whose map this is, 16 bytes, not all zero.
  package let clusterID: [UInt8]
  /// The shards, 1…256, ascending by id, each with an address of its own.
  package let shards: [Shard]
  /// For each slot the position of its owner in `shards`, `[4096]`.
  package let owners: [UInt16]
  /// How many slots each shard keeps, in the order of `shards`; they sum to 4,096.
  package let slotCounts: [Int]

  /// A map from its parts.
  ///
  /// - Throws: `ShardMapError`, the first rule that is broken.
  package init(epoch: Epoch, clusterID: [UInt8], shards: [Shard], owners: [UInt16]) throws(ShardMapError) {
    guard epoch.rawValue > 0 else { throw .zeroEpoch }
    guard clusterID.count == Self.clusterIDByteCount, clusterID.contains(where: { $0 != 0 }) else {
      throw .badClusterID
    }
    guard (1...Limits.shardsMax).contains(shards.count) else { throw .badShardCount(shards.count) }
    for (shard, next) in zip(shards, shards.dropFirst()) where shard.id >= next.id {
      throw shard.id == next.id ? .shardTwice(shard.id) : .idsDescend
    }
    guard Set(shards.map(\.address)).count == shards.count else { throw .addressTwice }
    for shard in shards {
      guard shard.replicas.count <= Int(UInt8.max) else { throw .tooManyReplicas(shard.id) }
      guard ([shard.address] + shard.replicas).allSatisfy(isAddress) else { throw .badAddress(shard.id) }
    }
    guard owners.count == Limits.slotCount else { throw .badSlotCount(owners.count) }
    guard owners.allSatisfy({ $0 < shards.count }) else { throw .ownerOutOfRange }
    self.epoch = epoch
    self.clusterID = clusterID
    self.shards = shards
    self.owners = owners
    var counts = [Int](repeating: 0, count: shards.count)
    for owner in owners { counts[Int(owner)] += 1 }
    slotCounts = counts
  }

  /// The first map of a cluster, epoch 1: shard `i` at `addresses[i]`, slot `s` → shard `floor(s·n/4096)`.
  ///
  /// - Parameter addresses: Of each shard; of one with several members all, with `+` between.
  /// - Throws: `ShardMapError` for no or too many addresses, or one that is none or stands twice.
  package static func first(clusterID: [UInt8], addresses: [String]) throws(ShardMapError) -> ShardMap {
    let n = addresses.count
    guard (1...Limits.shardsMax).contains(n) else { throw .badShardCount(n) }
    let members = addresses.map { $0.split(separator: "+", omittingEmptySubsequences: false).map(String.init) }
    guard Set(members.joined()).count == members.joined().count else { throw .addressTwice }
    let shards = members.enumerated().map { place, members in
      Shard(id: ShardID(UInt16(place)), address: members.first ?? "", replicas: Array(members.dropFirst()))
    }
    if let shard = shards.first(where: { $0.addresses.count > ShardGroup.membersMax }) {
      throw .tooManyReplicas(shard.id)
    }
    let owners = (0..<Limits.slotCount).map { UInt16($0 * n / Limits.slotCount) }
    return try ShardMap(epoch: Epoch(1), clusterID: clusterID, shards: shards, owners: owners)
  }

  /// The shard that keeps a slot.
  package func owner(of slot: Slot) -> Shard { shards[ownerIndex(of: slot)] }

  /// The position in `shards` of the shard that keeps a slot.
  package func ownerIndex(of slot: Slot) -> Int { Int(owners[Int(slot.rawValue)]) }

  /// The position of a shard in `shards`, or `nil` if the map has none of that id.
  package func index(of shard: ShardID) -> Int? { shards.firstIndex { $0.id == shard } }

  /// A shard of the map, or the cluster's coordinator, in words for people.
  package func words(for shard: ShardID?) -> String {
    (shard.map { "shard \($0.rawValue)" } ?? "the coordinator") + " of cluster "
      + ContentHash.hexadecimal(clusterID)
  }

  /// The slots that a shard keeps; empty for a shard that the map does not have.
  package func slots(of shard: ShardID) -> SlotSet {
    guard let index = index(of: shard) else { return SlotSet() }
    return SlotSet(Slot.all.lazy.filter { ownerIndex(of: $0) == index })
  }
}
