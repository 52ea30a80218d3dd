package import Placement
package import Vocabulary

/// SHARD_MAP: read the shard map, or give it to a shard (`proto-spec/03-messages/shard-map.md`).
package struct ShardMapRequest: RequestMessage {
  package typealias Reply = ShardMapResponse
  package static let opcode = Opcode.shardMap

  /// A step.
  package enum Step: Sendable {
    case read
    /// With the id that the receiving shard has in the map.
    case install(ShardMap, as: ShardID)
  }

  package var step = Step.read

  package init() {}

  package init(_ step: Step) { self.step = step }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var (kind, shard, map): (UInt8, ShardID, ShardMap?) = (1, ShardID(0), nil)
    if case .install(let some, let id) = step { (kind, shard, map) = (2, id, some) }
    try c.integer("kind", &kind, in: 1...2)
    try c.zeros(1)
    try c.integer("shard", &shard, in: 0...(kind == 2 ? UInt16.max : 0))
    try c.map(&map, isThere: kind == 2)
    step = map.map { .install($0, as: shard) } ?? .read
  }
}

/// The answer to SHARD_MAP.
package struct ShardMapResponse: Message, FieldGroup {
  /// `nil`: a shard that has none yet.
  package var map: ShardMap?

  package init() {}

  package init(map: ShardMap?) { self.map = map }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var hasMap = map != nil
    try c.flag("has_map", &hasMap)
    try c.zeros(3)
    try c.map(&map, isThere: hasMap)
  }
}

extension FieldCoder {
  /// A shard map, where there is one.
  fileprivate mutating func map(_ map: inout ShardMap?, isThere: Bool) throws(Failure) {
    try field(
      "map", &map, read: { (reader) throws(WireError) in isThere ? try reader.shardMap() : nil },
      write: { map, writer in if let map { writer.write(map) } },
      show: { map, sheet in
        guard let map else { return }
        sheet.put("epoch", FieldValue(of: map.epoch))
        sheet.put("cluster_id", .bytes(map.clusterID))
        sheet.put("shards", .records(map.shards.map { FieldSheet($0, version: sheet.version) }))
        sheet.put("owners", FieldValue(list: map.owners))
      })
  }
}

extension FieldSheet {
  fileprivate init(_ shard: ShardMap.Shard, version: UInt16) {
    self.init(version: version)
    put("id", FieldValue(of: shard.id))
    put("weight", FieldValue(shard.weight))
    put("address", .text(shard.address))
    put("replicas", .list(shard.replicas.map { .text($0) }))
  }
}
