package import Towers
import Vocabulary

extension Tower {
  /// Reads `tower.safetensors` as the manifest describes it.
  ///
  /// - Returns: `nil` if the manifest has no tower.
  /// - Throws: An error that names the tensor; `missing` or `unknown` for a file that should be there, or should not.
  static func read(_ bytes: [UInt8]?, for manifest: Manifest) throws(ModelError) -> Tower? {
    guard let settings = manifest.tower else {
      guard bytes == nil else {
        throw ModelError(.tower, "", .unknown, "the manifest has no tower")
      }
      return nil
    }
    guard let bytes else { throw ModelError(.tower, "", .missing, "the manifest has a tower") }
    let file = try SafetensorsFile(bytes, as: .tower)
    let dimension = manifest.foldedDimension
    let tensors = settings.tensors(dimension: dimension)
    try file.refuseTensors(besides: tensors.map(\.name))
    // All of them are there before memory is taken for any.
    for tensor in tensors { try file.demand(tensor.name, shape: tensor.shape) }
    let tower = try Tower.reading(settings, dimension: dimension) {
      (name, shape) throws(ModelError) in try file.floats(name, shape: shape)
    }
    return manifest.search.map { tower.placed($0.behaviourComponents, of: $0.embeddingDimension) } ?? tower
  }

  /// The content of the file.
  package var file: [UInt8] {
    var writer = SafetensorsWriter()
    for tensor in tensors { writer.add(tensor.name, tensor.values, shape: tensor.shape) }
    return writer.file()
  }
}
