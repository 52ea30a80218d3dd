public import Vocabulary
import Wire

/// A collection and what the cluster holds of it.
public struct CollectionDescription: Hashable, Sendable {
  public let name: String
  public let generation: Generation
  public let schema: CollectionSchema
  public let items: UInt64
  public let memoryBytes: UInt64
  /// The first 8 bytes of the model's content hash; `nil` without a model.
  public let model: UInt64?
  /// Shards that told their numbers; the counts are theirs alone.
  public let shardsAnswered: Int
  public let shardCount: Int

  init(_ description: CollectionDescribeResponse.Description) {
    name = description.name
    generation = description.generation
    schema = description.schema
    items = description.items
    memoryBytes = description.memoryBytes
    model = description.model == 0 ? nil : description.model
    shardsAnswered = Int(description.shardsAnswered)
    shardCount = Int(description.shardCount)
  }
}
