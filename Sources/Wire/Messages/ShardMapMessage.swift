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

  package var step: Step

  package init(_ step: Step) { self.step = step }

  package init(from reader: inout BodyReader) throws(WireError) {
    let kind: UInt8 = try reader.integer(in: 1...2)
    try reader.zeros(1)
    let shard: UInt16 = try reader.integer(in: 0...(kind == 2 ? UInt16.max : 0))
    step = kind == 1 ? .read : .install(try reader.shardMap(), as: ShardID(shard))
  }

  package func write(to writer: inout BodyWriter) {
    switch step {
    case .read: writer.write(bytes: [1, 0, 0, 0])
    case .install(let map, let shard):
      writer.write(bytes: [2, 0])
      writer.write(shard.rawValue)
      writer.write(map)
    }
  }
}

/// The answer to SHARD_MAP.
package struct ShardMapResponse: Message {
  /// `nil`: a shard that has none yet.
  package var map: ShardMap?

  package init(map: ShardMap?) { self.map = map }

  package init(from reader: inout BodyReader) throws(WireError) {
    let hasMap = try reader.bool()
    try reader.zeros(3)
    map = hasMap ? try reader.shardMap() : nil
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(map != nil)
    writer.write(bytes: [0, 0, 0])
    if let map { writer.write(map) }
  }
}
