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

  /// Adds float32 values as bf16, each rounded to the nearest, ties to even: half the bytes.
  ///
  /// - Precondition: the product of `shape` is `values.count`.
  package mutating func add(bfloat16 name: String, _ values: [Float], shape: [Int]) {
    precondition(shape.reduce(1, *) == values.count, "shape and values differ")
    let start = data.count
    data.write(
      array: values.map { value in
        let bits = value.bitPattern
        // Half of the last kept place, less one unless that place is odd; the largest finite value may not round up.
        let rounded = bits.addingReportingOverflow(0x7FFF + bits >> 16 & 1).partialValue >> 16
        return UInt16(truncatingIfNeeded: rounded & 0x7F80 == 0x7F80 ? bits >> 16 : rounded)
      })
    describe(name, .bfloat16, shape, from: start)
  }

  /// Adds float32 values as int8 with a float32 scale for each row (`NAME.scale`): a quarter of the bytes.
  ///
  /// A row's largest magnitude becomes 127; value = q · scale.
  /// - Precondition: the product of `shape` is `values.count`, and there are rows.
  package mutating func add(int8 name: String, _ values: [Float], shape: [Int]) {
    precondition(shape.reduce(1, *) == values.count && shape.count > 1, "shape and values differ")
    let start = data.count
    let width = shape.dropFirst().reduce(1, *)
    var scales: [Float] = []
    var quantised: [Int8] = []
    quantised.reserveCapacity(values.count)
    for row in 0..<shape[0] {
      let rowValues = values[row * width..<(row + 1) * width]
      let scale = rowValues.reduce(0) { max($0, $1.magnitude) } / 127
      scales.append(scale)
      for value in rowValues {
        quantised.append(scale > 0 ? Int8(max(-127, min(127, (value / scale).rounded(.toNearestOrEven)))) : 0)
      }
    }
    data.write(array: quantised)
    describe(name, .int8, shape, from: start)
    // Float32 data starts at a multiple of 4.
    add("\(name).scale", scales, shape: [shape[0]])
  }

  /// Adds ids `[n]`.
  package mutating func add(_ name: String, _ ids: [UInt64]) { add(ids: name, ids, shape: [ids.count]) }

  /// Adds ids of a shape, row-major.
  ///
  /// - Precondition: the product of `shape` is `ids.count`.
  package mutating func add(ids name: String, _ ids: [UInt64], shape: [Int]) {
    precondition(shape.reduce(1, *) == ids.count, "shape and ids differ")
    let start = data.count
    data.write(array: ids)
    describe(name, .uint64, shape, from: start)
  }

  /// Adds a tensor as another file has it.
  mutating func add(_ name: String, _ type: SafetensorsFile.ElementType, shape: [Int], bytes: ArraySlice<UInt8>) {
    let start = data.count
    data.write(bytes: bytes)
    describe(name, type, shape, from: start)
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
