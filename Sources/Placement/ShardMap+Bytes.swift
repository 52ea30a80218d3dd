package import Bytes
import Vocabulary

// epoch u32 · cluster id 16 B · shard count u16 · per shard: id u16, weight u16, address (u16 length, ASCII), replica count
// u8, their addresses · 4,096 × u16, the owner of each slot as a position in the list of shards. All little-endian.
extension ShardMap {
  /// The least bytes of a shard in a map.
  private static let shardByteCountMin = 7

  /// Reads a map and checks every rule of it.
  ///
  /// - Throws: `ByteError`, the first rule in the order of the bytes that is broken, at the field that breaks it.
  package init(from reader: inout ByteReader) throws(ByteError) {
    let start = reader.offset
    let epoch = Epoch(try reader.read(UInt32.self))
    guard epoch.rawValue > 0 else { throw .outOfRange(offset: start, field: "the epoch of a map is not 0") }
    let clusterOffset = reader.offset
    let clusterID = Array(try reader.readBytes(Self.clusterIDByteCount))
    guard clusterID.contains(where: { $0 != 0 }) else {
      throw .outOfRange(offset: clusterOffset, field: "a cluster id is not all zero")
    }
    let countOffset = reader.offset
    let count = Int(try reader.read(UInt16.self))
    guard (1...Limits.shardsMax).contains(count) else {
      throw .outOfRange(offset: countOffset, field: "a map has 1 to 256 shards")
    }
    guard count * Self.shardByteCountMin <= reader.remaining else {
      throw .truncated(offset: countOffset, needed: count * Self.shardByteCountMin)
    }
    var shards: [Shard] = []
    var addresses: Set<String> = []
    for _ in 0..<count {
      let idOffset = reader.offset
      let id = ShardID(try reader.read(UInt16.self))
      if let last = shards.last, last.id >= id {
        throw .outOfRange(offset: idOffset, field: "the ids of shards ascend, none twice")
      }
      let weight = try reader.read(UInt16.self)
      let addressOffset = reader.offset
      let address = try Self.address(from: &reader)
      guard addresses.insert(address).inserted else {
        throw .outOfRange(offset: addressOffset, field: "an address stands once")
      }
      let replicaCountOffset = reader.offset
      let replicaCount = Int(try reader.read(UInt8.self))
      guard 2 * replicaCount <= reader.remaining else {
        throw .truncated(offset: replicaCountOffset, needed: 2 * replicaCount)
      }
      var replicas: [String] = []
      for _ in 0..<replicaCount { replicas.append(try Self.address(from: &reader)) }
      shards.append(Shard(id: id, address: address, weight: weight, replicas: replicas))
    }
    let ownersOffset = reader.offset
    let owners: [UInt16] = try reader.readArray(count: Limits.slotCount)
    if let place = owners.firstIndex(where: { $0 >= count }) {
      throw .outOfRange(offset: ownersOffset + 2 * place, field: "the owner of a slot is one of the shards")
    }
    do throws(ShardMapError) {
      try self.init(epoch: epoch, clusterID: clusterID, shards: shards, owners: owners)
    } catch {
      throw .outOfRange(offset: start, field: "shard map")
    }
  }

  private static func address(from reader: inout ByteReader) throws(ByteError) -> String {
    let offset = reader.offset
    let address = try reader.readText(limit: addressByteCountMax)
    guard isAddress(address) else { throw .outOfRange(offset: offset, field: "an address is HOST:PORT") }
    return address
  }

  /// Writes the map; equal maps have equal bytes.
  package func write(to writer: inout ByteWriter) {
    writer.write(epoch.rawValue)
    writer.write(bytes: clusterID)
    writer.write(UInt16(shards.count))
    for shard in shards {
      writer.write(shard.id.rawValue)
      writer.write(shard.weight)
      writer.write(text: shard.address)
      writer.write(UInt8(shard.replicas.count))
      for replica in shard.replicas { writer.write(text: replica) }
    }
    writer.write(array: owners)
  }
}
