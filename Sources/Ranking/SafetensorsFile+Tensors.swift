import Bytes

extension SafetensorsFile {
  /// A tensor as finite float32 values, row-major; bf16, f16 and int8 are widened here and nowhere else.
  ///
  /// An int8 tensor `[out, …]` comes with `NAME.scale`, float32 `[out]`: value = float32(q) · scale of its row.
  /// - Parameter shape: The shape the tensor has to have.
  /// - Throws: `missing`, `wrongShape`, `wrongType` or `notFinite`, naming the tensor.
  package func floats(_ name: String, shape: [Int]) throws(ModelError) -> [Float] {
    let tensor = try tensor(name, shape: shape)
    let values: [Float]
    switch tensor.elementType {
    case .float32: values = try elements(of: tensor, name, UInt32.self).map(Float.init(bitPattern:))
    case .bfloat16: values = try elements(of: tensor, name, UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    case .float16: values = try elements(of: tensor, name, UInt16.self).map(Float.init(binary16:))
    case .int8: values = try scaled(tensor, name)
    case .int32, .int64, .uint64:
      throw ModelError(file, name, .wrongType, "\(tensor.elementType.rawValue) where F32, F16, BF16 or I8 is needed")
    }
    guard let index = values.firstIndex(where: { !$0.isFinite }) else { return values }
    throw ModelError(file, name, .notFinite, "element \(index) is a NaN or an infinity")
  }

  /// Rows of vectors `[rows, columns]`, each of a norm that keeps every partial sum finite.
  ///
  /// - Throws: As `floats`; `outOfRange` for a row of norm above 1e18.
  package func vectors(_ name: String, rows: Int, columns: Int) throws(ModelError) -> [Float] {
    let values = try floats(name, shape: [rows, columns])
    guard let row = Norm.firstRowBeyondLimit(values, columns: columns) else { return values }
    throw ModelError(file, name, .outOfRange, "row \(row) has a norm above 1e18")
  }

  /// Ids `[rows, columns]`, row-major, of the types of `ids`.
  func ids(_ name: String, rows: Int, columns: Int) throws(ModelError) -> [UInt64] {
    let tensor = try tensor(name, shape: [rows, columns])
    return try ids(tensor, name)
  }

  /// Ids `[n]`: U64, or I64 of which the 64 bits are taken as they are.
  package func ids(_ name: String) throws(ModelError) -> [UInt64] {
    guard let tensor = self[name] else { throw ModelError(file, name, .missing, "the file has no such tensor") }
    guard tensor.shape.count == 1 else {
      throw ModelError(file, name, .wrongShape, "\(tensor.shape) where [n] is needed")
    }
    return try ids(tensor, name)
  }

  private func ids(_ tensor: Tensor, _ name: String) throws(ModelError) -> [UInt64] {
    guard tensor.elementType == .uint64 || tensor.elementType == .int64 else {
      throw ModelError(file, name, .wrongType, "\(tensor.elementType.rawValue) where U64 is needed")
    }
    return try elements(of: tensor, name, UInt64.self)
  }

  /// Refuses tensors that the model does not read: a misspelt name would otherwise pass for an absent one.
  func refuseTensors(besides known: [String]) throws(ModelError) {
    let scales = known.filter { self[$0]?.elementType == .int8 }.map { "\($0).scale" }
    let expected = Set(known + scales)
    guard let stranger = names.first(where: { !expected.contains($0) }) else { return }
    throw ModelError(file, stranger, .unknown, "the manifest asks for no tensor of this name")
  }

  /// Refuses a file without a tensor of this name and shape.
  func demand(_ name: String, shape: [Int]) throws(ModelError) { _ = try tensor(name, shape: shape) }

  private func tensor(_ name: String, shape: [Int]) throws(ModelError) -> Tensor {
    guard let tensor = self[name] else { throw ModelError(file, name, .missing, "the file has no such tensor") }
    guard tensor.shape == shape else {
      throw ModelError(file, name, .wrongShape, "\(tensor.shape) where \(shape) is needed")
    }
    return tensor
  }

  private func elements<Element: FixedWidthInteger & BitwiseCopyable>(
    of tensor: Tensor, _ name: String, _: Element.Type
  ) throws(ModelError) -> [Element] {
    var reader = ByteReader(bytes[tensor.bytes])
    guard let elements = try? reader.readArray(of: Element.self, count: tensor.count) else {
      throw ModelError(file, name, .malformed, "shorter than its shape")
    }
    return elements
  }

  private func scaled(_ tensor: Tensor, _ name: String) throws(ModelError) -> [Float] {
    let quantised = try elements(of: tensor, name, Int8.self)
    let scales = try floats("\(name).scale", shape: Array(tensor.shape.prefix(1)))
    guard let rows = tensor.shape.first, rows > 0 else { return [] }
    let rowCount = quantised.count / rows
    return quantised.indices.map { Float(quantised[$0]) * scales[$0 / rowCount] }
  }
}
