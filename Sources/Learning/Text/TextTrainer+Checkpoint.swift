import Kernels
package import Ranking

extension TextTrainer {
  private static let version: UInt64 = 1

  /// What a later run needs to go on behind the last finished pass, as a safetensors file.
  package func checkpoint() -> [UInt8] {
    var writer = SafetensorsWriter()
    writer.add("state", [Self.version, UInt64(epoch), options.seed, UInt64(options.batchSize)])
    for (name, matrix) in tables {
      writer.add(
        name, (0..<matrix.rowCapacity).flatMap { matrix.row($0) }, shape: [matrix.rowCapacity, matrix.columns])
    }
    return writer.file()
  }

  /// Takes over a checkpoint of a run with the same texts, pairs and options.
  ///
  /// - Throws: What is wrong with a damaged file, or one of another run; nothing has changed then.
  package func resume(_ checkpoint: [UInt8]) throws(ModelError) {
    let file = try SafetensorsFile(checkpoint, as: .checkpoint)
    let state = try file.ids("state")
    guard state.count == 4, state[0] == Self.version, let epoch = Int(exactly: state[1]), epoch <= epochs else {
      throw ModelError(.checkpoint, "state", .unknown, "not a checkpoint of version \(Self.version)")
    }
    guard state[2] == options.seed, state[3] == UInt64(options.batchSize) else {
      throw ModelError(.checkpoint, "state", .outOfRange, "another seed or batch size")
    }
    var loaded: [(FloatMatrix, [Float])] = []
    for (name, matrix) in tables {
      loaded.append((matrix, try file.floats(name, shape: [matrix.rowCapacity, matrix.columns])))
    }
    for (matrix, values) in loaded {
      for row in 0..<matrix.rowCapacity {
        matrix.setRow(row, values[row * matrix.columns..<(row + 1) * matrix.columns])
      }
    }
    self.epoch = epoch
  }

  private var tables: [(name: String, matrix: FloatMatrix)] { [("table", table), ("squares", squares)] }
}
