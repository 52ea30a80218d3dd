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
    if case .neighbours(let reading) = settings.kind {
      return .neighbours(
        try NeighbourTable.read(file), reading, weights: settings.weights, cut: settings.cut)
    }
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

  /// The content of the file; a tower without tensors has one with none.
  package var file: [UInt8] {
    var writer = SafetensorsWriter()
    table?.write(to: &writer)
    for tensor in tensors { writer.add(tensor.name, tensor.values, shape: tensor.shape) }
    return writer.file()
  }
}

extension NeighbourTable {
  private static let (idsName, offsetsName, itemsName, weightsName) = (
    "neighbours.id", "neighbours.offset", "neighbours.item", "neighbours.weight"
  )

  /// Reads the table of `tower.safetensors`.
  fileprivate static func read(_ file: SafetensorsFile) throws(ModelError) -> NeighbourTable {
    try file.refuseTensors(besides: [idsName, offsetsName, itemsName, weightsName])
    let (ids, offsets, items) = (try file.ids(idsName), try file.ids(offsetsName), try file.ids(itemsName))
    let weights = try file.floats(weightsName, shape: [items.count])
    guard let table = NeighbourTable(ids: ids, offsets: offsets, items: items, weights: weights) else {
      throw ModelError(
        .tower, offsetsName, .outOfRange,
        "an item stands twice, or the offsets do not ascend from 0 to the number of neighbours")
    }
    if let row = weights.firstIndex(where: { $0 < 0 || $0 > 1e18 }) {
      throw ModelError(.tower, weightsName, .outOfRange, "neighbour \(row) weighs less than 0, or more than 1e18")
    }
    return table
  }

  fileprivate func write(to writer: inout SafetensorsWriter) {
    writer.add(Self.idsName, ids)
    writer.add(Self.offsetsName, offsets)
    writer.add(Self.itemsName, items)
    writer.add(Self.weightsName, weights, shape: [weights.count])
  }
}
