import Bytes
import Placement
import Support
import Testing
import Vocabulary

@Suite struct ShardMapTests {
  static let clusterID = (1...16).map { UInt8($0) }

  static func addresses(_ count: Int) -> [String] { (0..<count).map { "127.0.0.1:\(7700 + $0)" } }

  static func firstMap(_ count: Int) throws -> ShardMap {
    try ShardMap.first(clusterID: clusterID, addresses: addresses(count))
  }

  /// A map with everything in it: gaps between ids, weights, replicas, a shard without slots.
  static func richMap() throws -> ShardMap {
    var random = SeededRandom(seed: 3)
    let shards = [
      ShardMap.Shard(id: ShardID(2), address: "a.example:1", weight: 0, replicas: ["b.example:2", "[::1]:65535"]),
      ShardMap.Shard(id: ShardID(9), address: "c.example:3", weight: 65_535),
      ShardMap.Shard(id: ShardID(65_535), address: "d.example:4"),
    ]
    return try ShardMap(
      epoch: Epoch(.max), clusterID: clusterID, shards: shards,
      owners: (0..<4096).map { _ in UInt16.random(in: 1...2, using: &random) })
  }

  static func encoded(_ map: ShardMap) -> [UInt8] {
    var writer = ByteWriter()
    map.write(to: &writer)
    return writer.bytes
  }

  static func decoded(_ bytes: [UInt8]) throws(ByteError) -> ShardMap {
    var reader = ByteReader(bytes)
    let map = try ShardMap(from: &reader)
    try reader.finish()
    return map
  }

  @Test(arguments: [1, 2, 3, 5, 7, 16, 255, 256]) func firstMapSharesOutEvenly(count: Int) throws {
    let map = try Self.firstMap(count)
    #expect(map.epoch == Epoch(1))
    #expect(map.slotCounts.reduce(0, +) == 4096)
    #expect(map.slotCounts.allSatisfy { $0 == 4096 / count || $0 == 4096 / count + 1 })
    for slot in Slot.all {
      let expected = Int(slot.rawValue) * count / 4096
      #expect(map.ownerIndex(of: slot) == expected)
    }
    #expect(map.owner(of: Slot.all[4095]).id == ShardID(UInt16(count - 1)))
  }

  @Test func slotsOfShardsAreDisjointAndComplete() throws {
    let map = try Self.richMap()
    var union = SlotSet()
    for (shard, count) in zip(map.shards, map.slotCounts) {
      let slots = map.slots(of: shard.id)
      #expect(slots.count == count)
      #expect(slots.slots.allSatisfy { map.owner(of: $0) == shard && !union.contains($0) })
      union.formUnion(slots)
    }
    #expect(union == .all)
    #expect(map.slotCounts[0] == 0)
    #expect(map.slots(of: ShardID(3)).isEmpty && map.index(of: ShardID(3)) == nil)
    #expect(map.index(of: ShardID(9)) == 1)
  }

  @Test func bytesComeBack() throws {
    for map in [try Self.firstMap(1), try Self.firstMap(256), try Self.richMap()] {
      #expect(try Self.decoded(Self.encoded(map)) == map)
    }
  }

  @Test func bytesAreLaidOutAsWritten() throws {
    let bytes = Self.encoded(try ShardMap.first(clusterID: Self.clusterID, addresses: ["h:1", "h:2"]))
    let head: [UInt8] = [1, 0, 0, 0] + Self.clusterID + [2, 0]
    let shards: [UInt8] = [0, 0, 100, 0, 3, 0, 0x68, 0x3A, 0x31, 0] + [1, 0, 100, 0, 3, 0, 0x68, 0x3A, 0x32, 0]
    let owners = [UInt8](repeating: 0, count: 4096) + [[UInt8]](repeating: [1, 0], count: 2048).flatMap { $0 }
    #expect(bytes == head + shards + owners)
  }

  @Test func everyTruncationIsRefused() throws {
    let bytes = Self.encoded(try Self.richMap())
    for count in Array(0..<120) + [bytes.count / 2, bytes.count - 1] {
      #expect(throws: ByteError.self) { try Self.decoded(Array(bytes[..<count])) }
    }
    #expect(throws: ByteError.trailing(offset: bytes.count)) { try Self.decoded(bytes + [0]) }
  }

  @Test func flippedBitsNeverTrap() throws {
    let map = try Self.richMap()
    var bytes = Self.encoded(map)
    for bit in 0..<150 * 8 {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      if let other = try? Self.decoded(bytes) { #expect(other != map) }
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
  }

  @Test func brokenPartsAreRefused() throws {
    let good = try Self.firstMap(2)
    func attempt(
      epoch: UInt32 = 1, clusterID: [UInt8] = Self.clusterID, shards: [ShardMap.Shard]? = nil, owners: [UInt16]? = nil
    ) -> ShardMapError? {
      do throws(ShardMapError) {
        _ = try ShardMap(
          epoch: Epoch(epoch), clusterID: clusterID, shards: shards ?? good.shards, owners: owners ?? good.owners)
        return nil
      } catch { return error }
    }
    func shard(_ id: UInt16, _ address: String, replicas: [String] = []) -> ShardMap.Shard {
      ShardMap.Shard(id: ShardID(id), address: address, replicas: replicas)
    }
    #expect(attempt() == nil)
    #expect(attempt(epoch: 0) == .zeroEpoch)
    #expect(attempt(clusterID: [1, 2, 3]) == .badClusterID)
    #expect(attempt(clusterID: [UInt8](repeating: 0, count: 16)) == .badClusterID)
    #expect(attempt(shards: []) == .badShardCount(0))
    #expect(attempt(shards: (0..<257).map { shard($0, "h:\($0 + 1)") }) == .badShardCount(257))
    #expect(attempt(shards: [shard(1, "h:1"), shard(1, "h:2")]) == .shardTwice(ShardID(1)))
    #expect(attempt(shards: [shard(0, "h:1"), shard(1, "h")]) == .badAddress(ShardID(1)))
    #expect(
      attempt(shards: [shard(4, "h:1", replicas: (0..<256).map { "r:\($0 + 1)" })]) == .tooManyReplicas(ShardID(4)))
    #expect(throws: ShardMapError.addressTwice) {
      try ShardMap.first(clusterID: Self.clusterID, addresses: ["h:1", "h:1"])
    }
    #expect(attempt(owners: [0, 1]) == .badSlotCount(2))
    #expect(attempt(owners: good.owners.dropLast() + [2]) == .ownerOutOfRange)
  }

  @Test func addressesAreHostAndPort() {
    for good in [
      "h:1", "127.0.0.1:7700", "shard-0.example:65535", "[::1]:7700", String(repeating: "h", count: 253) + ":1",
    ] {
      #expect(isAddress(good), "\(good)")
    }
    for bad in [
      "", "h", ":1", "h:", "h:0", "h:01", "h:65536", "h:123456", "h:+1", "h:-1", "h:1 ", " h:1", "h\n:1", "hé:1",
      "::1:80",
      "[]:80", "[a]]:80", "a]:80", "h:1\0", String(repeating: "h", count: 254) + ":1",
    ] {
      #expect(!isAddress(bad), "\(bad)")
    }
  }
}
