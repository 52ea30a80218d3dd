import Kernels
import Ranking
import Towers
import Vocabulary

/// What a checkpoint holds of a history tower: e, w and the encoder's parameters.
extension HistoryTower {
  private static let (prefix, ownName, featureName) = ("tower.", "items.own", "features.vector")
  /// Of a checkpoint from before there were encoders: c, when e was all that items had.
  private static let oldConstant = "constant"

  func write(to file: inout SafetensorsWriter) {
    for tensor in parameters.shape.tensors {
      file.add(Self.prefix + tensor.name, parameters.values(tensor), shape: tensor.shape)
    }
    for (name, table) in [(Self.ownName, own), (Self.featureName, features)] {
      file.add(name, TrainedModel.values(table), shape: [table.rowCapacity, table.columns])
    }
  }

  /// Reads a checkpoint of a history tower.
  ///
  /// - Parameters:
  ///   - content: What the items are, by the features of the tower.
  ///   - embeddings: v, which is e where a checkpoint has no e of its own.
  convenience init(
    _ file: SafetensorsFile, content: ItemContent, embeddings: FloatMatrix, _ options: Options
  ) throws(ModelError) {
    let d = embeddings.columns
    func table(_ name: String, rows: Int) throws(ModelError) -> FloatMatrix {
      let values = try file.floats(name, shape: [rows, d])
      let table = FloatMatrix(rows: rows, columns: d)
      for row in 0..<rows { table.setRow(row, values[row * d..<(row + 1) * d]) }
      return table
    }
    var options = options
    options.shape.dimension = d
    if file[Self.oldConstant] != nil {
      options.shape = TowerShape(dimension: d, encoder: .sum, decay: options.shape.decay)
      let parameters = try TowerParameters(options.shape) { (tensor) throws(ModelError) in
        try file.floats(Self.oldConstant, shape: tensor.shape)
      }
      self.init(
        content: ItemContent(itemCount: embeddings.rowCapacity), own: embeddings,
        features: FloatMatrix(rows: 0, columns: d), parameters, options)
      return
    }
    let parameters = try TowerParameters(options.shape) { (tensor) throws(ModelError) in
      try file.floats(Self.prefix + tensor.name, shape: tensor.shape)
    }
    self.init(
      content: content, own: try table(Self.ownName, rows: embeddings.rowCapacity),
      features: try table(Self.featureName, rows: content.features.count), parameters, options)
  }
}
