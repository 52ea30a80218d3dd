package import Ranking

/// How float32 values are kept in a model's files; all arithmetic is float32 again.
package enum TensorStorage: String, Sendable, CaseIterable {
  case float32
  /// Half the bytes, 8 bits of precision.
  case bfloat16
  /// A quarter of the bytes: 127 steps each way, with a scale for each row (neuron, user, item).
  case int8
}

extension SafetensorsWriter {
  /// Adds a matrix `[rows, columns]` in the given storage.
  package mutating func add(_ name: String, _ values: [Float], shape: [Int], as storage: TensorStorage) {
    switch storage {
    case .float32: add(name, values, shape: shape)
    case .bfloat16: add(bfloat16: name, values, shape: shape)
    case .int8: add(int8: name, values, shape: shape)
    }
  }
}
