import Wire

/// The files of a model directory, as bytes.
public struct ModelFiles: Sendable {
  /// `manifest.json`.
  public let manifest: [UInt8]
  /// `weights.safetensors`.
  public let weights: [UInt8]
  /// `users.safetensors`; empty if the model knows no users.
  public let users: [UInt8]
  /// `tower.safetensors`; empty if the model folds no sessions in.
  public let tower: [UInt8]

  /// A model's files.
  public init(manifest: [UInt8], weights: [UInt8], users: [UInt8] = [], tower: [UInt8] = []) {
    self.manifest = manifest
    self.weights = weights
    self.users = users
    self.tower = tower
  }

  /// Bytes of all files.
  public var byteCount: Int { manifest.count + weights.count + users.count + tower.count }

  var parts: [(file: ModelLoadRequest.File, bytes: [UInt8])] {
    [(.manifest, manifest), (.weights, weights), (.users, users), (.tower, tower)]
  }
}
