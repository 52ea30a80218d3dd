public import Vocabulary
import Wire

/// The status of a node.
public struct NodeStatus: Hashable, Sendable {
  /// A node's part of a collection.
  public struct Collection: Hashable, Sendable {
    let wire: StatusResponse.Collection

    public var name: String { wire.name }
    public var generation: Generation { wire.generation }
    public var items: UInt64 { wire.items }
    public var memoryBytes: UInt64 { wire.memoryBytes }
    /// The first 8 bytes of the model's content hash; `nil` without a model.
    public var model: UInt64? { wire.model == 0 ? nil : wire.model }
  }

  /// How a coordinator sees a shard.
  public struct Shard: Hashable, Sendable {
    let wire: StatusResponse.Shard

    public var id: ShardID { wire.id }
    public var address: String { wire.address }
    /// Of 4,096.
    public var slots: Int { Int(wire.slots) }
    /// `up`, `down`, `connecting`, or `up, takes no writes:` and why.
    public var state: String { wire.state.words }
    /// Whether the coordinator has a connection to it.
    public var isUp: Bool { ![.down, .connecting].contains(wire.state) }
    /// Why its slots are missing from answers; `nil`: they are not.
    public var missing: String? { wire.missing?.words }
    public var items: UInt64 { wire.items }
    /// Of its data, in hexadecimal; another one means that it lost what it had.
    public var incarnation: String { wire.incarnation.hexadecimal }
  }

  /// A member of a shard that has several.
  public struct Member: Hashable, Sendable {
    let wire: StatusResponse.Member

    public var shard: ShardID { wire.shard }
    public var address: String { wire.address }
    /// Whether it orders the shard's writes.
    public var isPrimary: Bool { wire.isPrimary }
    /// Whether it holds all that was acknowledged, and answers queries.
    public var isInSync: Bool { wire.isInSync }
    /// Whether the coordinator has a connection to it.
    public var isConnected: Bool { wire.isConnected }
    /// How often the shard has got a primary.
    public var term: UInt32 { wire.term }
    /// Changes that it lacks of the primary's.
    public var lag: UInt64 { wire.lag }
  }

  /// Traffic with a peer; raw bytes before compression, wire bytes after.
  public struct Link: Hashable, Sendable {
    let wire: StatusResponse.Link

    public var peer: String { wire.peer }
    public var framesOut: UInt64 { wire.framesOut }
    public var rawBytesOut: UInt64 { wire.rawBytesOut }
    public var wireBytesOut: UInt64 { wire.wireBytesOut }
    public var framesIn: UInt64 { wire.framesIn }
    public var rawBytesIn: UInt64 { wire.rawBytesIn }
    public var wireBytesIn: UInt64 { wire.wireBytesIn }
  }

  let wire: StatusResponse

  /// `coordinator` or `shard`.
  public var role: String { wire.role.words }
  public var isDraining: Bool { wire.isDraining }
  /// `nil`: a coordinator, or a shard without a map.
  public var shard: ShardID? { wire.shard }
  /// 0: no shard map yet.
  public var epoch: Epoch { wire.epoch }
  public var uptime: Duration { .microseconds(Int64(clamping: wire.uptimeMicroseconds)) }
  /// In hexadecimal.
  public var cluster: String { wire.cluster.hexadecimal }
  /// In hexadecimal.
  public var incarnation: String { wire.incarnation.hexadecimal }
  /// Name and version of the program.
  public var build: String { wire.build }
  public var collections: [Collection] { wire.collections.map { Collection(wire: $0) } }
  /// Of the map; empty on a shard.
  public var shards: [Shard] { wire.shards.map { Shard(wire: $0) } }
  /// Of shards that have several, by shard and place.
  public var members: [Member] { wire.members.map { Member(wire: $0) } }
  public var links: [Link] { wire.links.map { Link(wire: $0) } }
}
