/// Appends little-endian fields to a growing array.
@usableFromInline package struct ByteWriter: Sendable {
  /// The bytes written so far.
  @usableFromInline package internal(set) var bytes: [UInt8]

  /// An empty writer with room for `capacity` bytes.
  package init(reservingCapacity capacity: Int = 0) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// Bytes written so far.
  package var count: Int { bytes.count }

  /// Writes a fixed-width integer, little-endian.
  @inlinable @inline(__always)
  package mutating func write<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    // SAFETY: the pointer covers exactly the local value and does not outlive the closure.
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  /// Writes the bits of a float32.
  @inlinable
  package mutating func write(_ value: Float) { write(value.bitPattern) }

  /// Writes the bits of a float64.
  @inlinable
  package mutating func write(_ value: Double) { write(value.bitPattern) }

  /// Writes bytes as they are, without a count.
  @inlinable
  package mutating func write(bytes more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// Writes integers one after another, without a count.
  @inlinable
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

  /// Overwrites an integer that was written at `offset` before its value was known, such as a length.
  ///
  /// - Precondition: its bytes have been written.
  package mutating func overwrite<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
    precondition(offset >= 0 && offset + MemoryLayout<T>.size <= bytes.count, "overwrite past the end")
    // SAFETY: the pointer covers exactly the local value; the range was checked above.
    unsafe withUnsafeBytes(of: value.littleEndian) {
      unsafe bytes.replaceSubrange(offset..<offset + MemoryLayout<T>.size, with: $0)
    }
  }

  /// Takes back what was written behind the first bytes.
  ///
  /// - Precondition: at least this number has been written.
  package mutating func cut(to count: Int) { bytes.removeLast(bytes.count - count) }

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
