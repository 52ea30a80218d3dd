import Bytes

/// Builds a safetensors file: tensors in the order in which they were added, equal input gives equal bytes.
package struct SafetensorsWriter: Sendable {
  private var header: [String] = []
  private var data = ByteWriter()

  package init() {}

  /// Adds float32 values of a shape, row-major.
  ///
  /// - Precondition: the product of `shape` is `values.count`.
  package mutating func add(_ name: String, _ values: [Float], shape: [Int]) {
    precondition(shape.reduce(1, *) == values.count, "shape and values differ")
    let start = data.count
    data.write(floats: values)
    describe(name, .float32, shape, from: start)
  }

  /// Adds ids `[n]`.
  package mutating func add(_ name: String, _ ids: [UInt64]) {
    let start = data.count
    data.write(array: ids)
    describe(name, .uint64, [ids.count], from: start)
  }

  /// The whole file; the header is padded with spaces so that the data starts at a multiple of 8.
  package func file() -> [UInt8] {
    var text = Array("{\(header.joined(separator: ","))}".utf8)
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    var file = ByteWriter(reservingCapacity: 8 + text.count + data.count)
    file.write(UInt64(text.count))
    file.write(bytes: text)
    file.write(bytes: data.bytes)
    return file.bytes
  }

  private mutating func describe(_ name: String, _ type: SafetensorsFile.ElementType, _ shape: [Int], from start: Int) {
    precondition(name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }, "not a tensor name")
    let sizes = shape.map(String.init).joined(separator: ",")
    header.append(
      "\"\(name)\":{\"dtype\":\"\(type.rawValue)\",\"shape\":[\(sizes)],\"data_offsets\":[\(start),\(data.count)]}")
  }
}
