public import Vocabulary
import Wire

/// The status of a node.
public struct NodeStatus: Hashable, Sendable {
  /// A node's part of a collection.
  public struct Collection: Hashable, Sendable {
    public let name: String
    public let generation: Generation
    public let items: UInt64
    public let memoryBytes: UInt64
    /// The first 8 bytes of the model's content hash; `nil` without a model.
    public let model: UInt64?
  }

  /// How a coordinator sees a shard.
  public struct Shard: Hashable, Sendable {
    public let id: ShardID
    public let address: String
    /// Of 4,096.
    public let slots: Int
    /// `up`, `down` or `connecting`.
    public let state: String
    /// Why its slots are missing from answers; `nil`: they are not.
    public let missing: String?
    public let items: UInt64
    /// Of its data, in hexadecimal; another one means that it lost what it had.
    public let incarnation: String
  }

  /// Traffic with a peer; raw bytes before compression, wire bytes after.
  public struct Link: Hashable, Sendable {
    public let peer: String
    public let framesOut: UInt64
    public let rawBytesOut: UInt64
    public let wireBytesOut: UInt64
    public let framesIn: UInt64
    public let rawBytesIn: UInt64
    public let wireBytesIn: UInt64
  }

  /// `coordinator` or `shard`.
  public let role: String
  public let isDraining: Bool
  /// `nil`: a coordinator, or a shard without a map.
  public let shard: ShardID?
  /// 0: no shard map yet.
  public let epoch: Epoch
  public let uptime: Duration
  /// In hexadecimal.
  public let cluster: String
  /// In hexadecimal.
  public let incarnation: String
  /// Name and version of the program.
  public let build: String
  public let collections: [Collection]
  /// Of the map; empty on a shard.
  public let shards: [Shard]
  public let links: [Link]

  init(_ status: StatusResponse) {
    role = status.role == .coordinator ? "coordinator" : "shard"
    isDraining = status.isDraining
    shard = status.shard
    epoch = status.epoch
    uptime = .microseconds(Int64(clamping: status.uptimeMicroseconds))
    cluster = status.cluster.hexadecimal
    incarnation = status.incarnation.hexadecimal
    build = status.build
    collections = status.collections.map {
      Collection(
        name: $0.name, generation: $0.generation, items: $0.items, memoryBytes: $0.memoryBytes,
        model: $0.model == 0 ? nil : $0.model)
    }
    shards = status.shards.map {
      Shard(
        id: $0.id, address: $0.address, slots: Int($0.slots), state: $0.state.word, missing: $0.missing?.words,
        items: $0.items, incarnation: $0.incarnation.hexadecimal)
    }
    links = status.links.map {
      Link(
        peer: $0.peer, framesOut: $0.framesOut, rawBytesOut: $0.rawBytesOut, wireBytesOut: $0.wireBytesOut,
        framesIn: $0.framesIn, rawBytesIn: $0.rawBytesIn, wireBytesIn: $0.wireBytesIn)
    }
  }
}

extension StatusResponse.Shard.State {
  fileprivate var word: String {
    switch self {
    case .up: "up"
    case .down: "down"
    case .connecting: "connecting"
    default: "state \(rawValue)"
    }
  }
}
