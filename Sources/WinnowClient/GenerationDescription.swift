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

  let wire: GenerationResponse.Description

  public var generation: Generation { wire.generation }
  public var state: State {
    switch wire.state {
    case .active: .active
    case .staged: .staged
    case .previous: .previous
    default: .other
    }
  }
  public var items: UInt64 { wire.content.itemCount }
  public var memoryBytes: UInt64 { wire.memoryBytes }
  /// The first 8 bytes of the model's content hash; `nil` without a model.
  public var model: UInt64? { wire.model == 0 ? nil : wire.model }
  /// Shards that hold it in full.
  public var completeShards: Int { Int(wire.completeShards) }
  public var shardCount: Int { Int(wire.shardCount) }
}
