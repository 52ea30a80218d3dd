/// Appends little-endian fields to a growing array.
package struct ByteWriter: Sendable {
  package private(set) var bytes: [UInt8]

  package init(reservingCapacity capacity: Int = 0) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  package var count: Int { bytes.count }

  package mutating func write<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    // SAFETY: the pointer covers exactly the local value and does not outlive the closure.
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  package mutating func write(_ value: Float) { write(value.bitPattern) }

  package mutating func write(_ value: Double) { write(value.bitPattern) }

  package mutating func write(bytes more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// Writes integers one after another, without a count.
  package mutating func write<T: FixedWidthInteger & BitwiseCopyable>(array: [T]) {
    #if _endian(big)
      for value in array { write(value) }
    #else
      // SAFETY: the raw view of an array of bitwise copyable values is read only inside the closure.
      unsafe array.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    #endif
  }

  /// Writes float32 values one after another, without a count.
  package mutating func write(floats: [Float]) {
    #if _endian(big)
      for value in floats { write(value) }
    #else
      // SAFETY: as above.
      unsafe floats.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    #endif
  }

  /// Writes a u16 byte count and the text's UTF-8.
  ///
  /// - Precondition: at most 65,535 bytes.
  package mutating func write(text: String) {
    write(UInt16(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  /// Writes zeros up to the next multiple of `alignment`.
  package mutating func pad(to alignment: Int) {
    while bytes.count % alignment != 0 { bytes.append(0) }
  }
}
