public import Vocabulary
import Wire

/// A generation of a collection and what the cluster holds of it.
public struct GenerationDescription: Hashable, Sendable {
  /// Where a generation stands.
  public enum State: String, Hashable, Sendable {
    case active
    case staged
    case previous
    /// One that this client does not know.
    case other
  }

  public let generation: Generation
  public let state: State
  public let items: UInt64
  public let memoryBytes: UInt64
  /// The first 8 bytes of the model's content hash; `nil` without a model.
  public let model: UInt64?
  /// Shards that hold it in full.
  public let completeShards: Int
  public let shardCount: Int

  init(_ description: GenerationResponse.Description) {
    generation = description.generation
    state =
      switch description.state {
      case .active: .active
      case .staged: .staged
      case .previous: .previous
      default: .other
      }
    items = description.content.itemCount
    memoryBytes = description.memoryBytes
    model = description.model == 0 ? nil : description.model
    completeShards = Int(description.completeShards)
    shardCount = Int(description.shardCount)
  }
}
