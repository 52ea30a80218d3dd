/// A cursor over received bytes that checks every step and never moves when it fails.
@usableFromInline package struct ByteReader: Sendable {
  // Inlinable so that other rooms get the generic steps specialised for their types.
  @usableFromInline let bytes: ArraySlice<UInt8>
  @usableFromInline var position: Int

  /// A cursor at the start of a slice; offsets count from there.
  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// A cursor at the start of an array.
  package init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  /// Bytes read so far.
  @inlinable
  package var offset: Int { position - bytes.startIndex }

  /// Bytes left.
  @inlinable
  package var remaining: Int { bytes.endIndex - position }

  /// Reads a fixed-width little-endian integer.
  ///
  /// - Throws: `ByteError.truncated`, like every step here that finds too few bytes.
  @inlinable @inline(__always)
  package mutating func read<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type = T.self) throws(ByteError) -> T {
    let size = MemoryLayout<T>.size
    let start = try take(size) - bytes.startIndex
    // SAFETY: `take` proved that `size` bytes from `start` lie inside the slice; T is bitwise copyable.
    return unsafe bytes.withUnsafeBytes { unsafe T(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: T.self)) }
  }

  /// Reads a float32; any bit pattern.
  @inlinable
  package mutating func readFloat() throws(ByteError) -> Float { Float(bitPattern: try read(UInt32.self)) }

  /// Reads a float64; any bit pattern.
  @inlinable
  package mutating func readDouble() throws(ByteError) -> Double { Double(bitPattern: try read(UInt64.self)) }

  /// Reads that many bytes as they are, without copying them.
  @inlinable
  package mutating func readBytes(_ count: Int) throws(ByteError) -> ArraySlice<UInt8> {
    let start = try take(count)
    return bytes[start..<position]
  }

  /// Reads a u32 count of elements of at least `size` bytes each, refused before anything is allocated when it
  /// exceeds `limit` or what is left.
  @inlinable
  package mutating func readCount(elementSize size: Int, limit: Int) throws(ByteError) -> Int {
    let at = offset
    let saved = position
    let count = Int(try read(UInt32.self))
    let (total, overflow) = count.multipliedReportingOverflow(by: size)
    guard count <= limit, !overflow, total <= remaining else {
      position = saved
      throw .outOfRange(offset: at, field: "this count is above its limit")
    }
    return count
  }

  /// Reads `count` little-endian integers, `[count]`.
  @inlinable
  package mutating func readArray<T: FixedWidthInteger & BitwiseCopyable>(
    of _: T.Type = T.self, count: Int
  ) throws(ByteError) -> [T] {
    var values: [T] = try readBits(count)
    #if _endian(big)
      for i in values.indices { values[i] = T(littleEndian: values[i]) }
    #endif
    return values
  }

  /// Reads `count` float32 values, `[count]`; any bit pattern.
  @inlinable
  package mutating func readFloats(_ count: Int) throws(ByteError) -> [Float] {
    #if _endian(big)
      return try readArray(of: UInt32.self, count: count).map(Float.init(bitPattern:))
    #else
      return try readBits(count)
    #endif
  }

  /// Reads UTF-8 text behind a u16 byte count.
  package mutating func readText(limit: Int) throws(ByteError) -> String {
    let at = offset
    let saved = position
    do throws(ByteError) {
      let count = Int(try read(UInt16.self))
      guard count <= limit else { throw .outOfRange(offset: at, field: "this text is longer than it may be") }
      guard count <= remaining else { throw .truncated(offset: at, needed: count) }
      guard let text = String(validating: try readBytes(count), as: UTF8.self) else { throw .badText(offset: at) }
      return text
    } catch {
      position = saved
      throw error
    }
  }

  /// Refuses bytes that stand behind a complete message.
  package func finish() throws(ByteError) {
    guard remaining == 0 else { throw .trailing(offset: offset) }
  }

  /// Copies `count` values as they lie in the bytes.
  @inlinable
  mutating func readBits<T: BitwiseCopyable>(_ count: Int) throws(ByteError) -> [T] {
    let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<T>.size)
    guard count >= 0, !overflow else { throw .outOfRange(offset: offset, field: "this count is above its limit") }
    let start = try take(size) - bytes.startIndex
    return unsafe [T](unsafeUninitializedCapacity: count) { out, initialized in
      // SAFETY: `take` proved that `size` bytes lie inside the slice; `out` has room for `count` values of them.
      unsafe bytes.withUnsafeBytes {
        unsafe UnsafeMutableRawBufferPointer(out).copyMemory(from: .init(rebasing: $0[start..<start + size]))
      }
      initialized = count
    }
  }

  /// Moves over `count` bytes and returns where they start.
  @inlinable
  mutating func take(_ count: Int) throws(ByteError) -> Int {
    guard count >= 0, count <= remaining else { throw .truncated(offset: offset, needed: count) }
    defer { position += count }
    return position
  }
}
