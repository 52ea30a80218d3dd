package import Bytes
import Vocabulary

// epoch u32 · cluster id 16 B · shard count u16 · per shard: id u16, weight u16, address (u16 length, ASCII), replica count
// u8, their addresses · 4,096 × u16, the owner of each slot as a position in the list of shards. All little-endian.
extension ShardMap {
  /// Reads a map and checks every rule of it.
  ///
  /// - Throws: `ByteError`; an offset in a broken map is that of its start if the parts do not fit one another.
  package init(from reader: inout ByteReader) throws(ByteError) {
    let start = reader.offset
    let epoch = Epoch(try reader.read(UInt32.self))
    let clusterID = Array(try reader.readBytes(Self.clusterIDByteCount))
    let countOffset = reader.offset
    let count = Int(try reader.read(UInt16.self))
    guard (1...Limits.shardsMax).contains(count) else { throw .outOfRange(offset: countOffset, field: "shard count") }
    var shards: [Shard] = []
    for _ in 0..<count {
      let id = ShardID(try reader.read(UInt16.self))
      let weight = try reader.read(UInt16.self)
      let address = try reader.readText(limit: addressByteCountMax)
      var replicas: [String] = []
      for _ in 0..<(try reader.read(UInt8.self)) { replicas.append(try reader.readText(limit: addressByteCountMax)) }
      shards.append(Shard(id: id, address: address, weight: weight, replicas: replicas))
    }
    let owners: [UInt16] = try reader.readArray(count: Limits.slotCount)
    do throws(ShardMapError) {
      try self.init(epoch: epoch, clusterID: clusterID, shards: shards, owners: owners)
    } catch {
      throw .outOfRange(offset: start, field: "shard map")
    }
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
