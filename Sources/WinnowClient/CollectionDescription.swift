public import Vocabulary
import Wire

/// A collection and what the cluster holds of it.
public struct CollectionDescription: Hashable, Sendable {
  let wire: CollectionDescribeResponse.Description

  public var name: String { wire.name }
  public var generation: Generation { wire.generation }
  public var schema: CollectionSchema { wire.schema }
  public var items: UInt64 { wire.items }
  public var memoryBytes: UInt64 { wire.memoryBytes }
  /// The first 8 bytes of the model's content hash; `nil` without a model.
  public var model: UInt64? { wire.model == 0 ? nil : wire.model }
  /// Shards that told their numbers; the counts are theirs alone.
  public var shardsAnswered: Int { Int(wire.shardsAnswered) }
  public var shardCount: Int { Int(wire.shardCount) }
}
