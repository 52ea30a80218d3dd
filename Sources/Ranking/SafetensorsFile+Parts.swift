extension SafetensorsWriter {
  /// Adds all tensors of a file under names that begin with `prefix`.
  ///
  /// - Throws: If the bytes are not such a file.
  package mutating func add(_ bytes: [UInt8], of file: ModelFile, prefix: String) throws(ModelError) {
    let part = try SafetensorsFile(bytes, as: file)
    for name in part.names {
      guard let tensor = part[name] else { continue }
      add(prefix + name, tensor.elementType, shape: tensor.shape, bytes: bytes[tensor.bytes])
    }
  }
}

extension SafetensorsFile {
  /// A file of the tensors whose names begin with `prefix`, without it.
  package func part(_ prefix: String) -> [UInt8] {
    var writer = SafetensorsWriter()
    for name in names where name.hasPrefix(prefix) {
      guard let tensor = self[name] else { continue }
      writer.add(
        String(name.dropFirst(prefix.count)), tensor.elementType, shape: tensor.shape, bytes: bytes[tensor.bytes])
    }
    return writer.file()
  }
}
