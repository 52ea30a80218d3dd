public import Vocabulary
import Wire

/// A model that a cluster has.
public struct ModelDescription: Hashable, Sendable {
  /// The first 8 bytes of its content hash.
  public let model: UInt64
  /// Users in its table.
  public let users: UInt64
  /// Weights and biases.
  public let parameters: UInt64
  /// Of the collection; 0 in the answer to a load.
  public let generation: Generation
  /// The bytes of `manifest.json`; empty in the answer to a load.
  public let manifest: [UInt8]

  init(_ response: ModelDescribeResponse) {
    model = response.model
    users = response.users
    parameters = response.parameters
    generation = response.generation
    manifest = response.manifest
  }

  init(_ response: ModelLoadResponse) {
    model = response.model
    users = response.users
    parameters = response.parameters
    generation = Generation(0)
    manifest = []
  }
}
