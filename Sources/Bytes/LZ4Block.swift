internal import CLZ4

/// Why an LZ4 block could not be decompressed.
package enum LZ4Error: Error, Equatable, Sendable {
  /// The block breaks a rule of the format, or holds more than the declared size.
  case failed
  /// The block holds less than the declared size, or the size is one that no block of this length can hold.
  case sizeMismatch
}

/// The LZ4 block format, without its frame format: `LZ4_compress_default` and `LZ4_decompress_safe`, nothing else.
package enum LZ4Block {
  /// No block grows beyond this many bytes for each of its own.
  package static let expansionMax = 255

  /// Compresses bytes if that pays.
  ///
  /// - Returns: a block smaller than 7/8 of the input, or `nil` if there is none or the input is empty.
  package static func compress(_ bytes: some Collection<UInt8>) -> [UInt8]? {
    unsafe withContiguousBytes(of: bytes) { input in
      let rawCount = input.count
      guard rawCount > 0, rawCount <= Int(LZ4_MAX_INPUT_SIZE), let from = input.baseAddress else { return nil }
      // liblz4 gives up as soon as the result would not fit, which is the cheapest way to find that it does not pay.
      let capacity = rawCount - rawCount / 8 - 1
      let block = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { output, initialized in
        guard let to = output.baseAddress else { return }
        // SAFETY: `from` has `rawCount` bytes and `to` has room for `capacity`; both fit Int32 (checked above).
        let written = unsafe from.withMemoryRebound(to: CChar.self, capacity: rawCount) { source in
          unsafe to.withMemoryRebound(to: CChar.self, capacity: capacity) { target in
            unsafe LZ4_compress_default(source, target, Int32(rawCount), Int32(capacity))
          }
        }
        initialized = max(0, Int(written))
      }
      return block.isEmpty ? nil : block
    }
  }

  /// Decompresses a block into exactly `rawCount` bytes, which the caller has held against its limits.
  ///
  /// `check` decides; liblz4 only copies. It lets a match offset of 0 pass, and which of two errors it gives for a block
  /// that is both broken and short depends on its version.
  ///
  /// - Throws: `LZ4Error`; nothing is allocated for a block that is refused.
  package static func decompress(_ wire: ArraySlice<UInt8>, rawCount: Int) throws(LZ4Error) -> [UInt8] {
    let (largest, overflow) = wire.count.multipliedReportingOverflow(by: expansionMax)
    guard rawCount > 0, rawCount <= Int(LZ4_MAX_INPUT_SIZE), wire.count <= Int(LZ4_MAX_INPUT_SIZE), !overflow,
      rawCount <= largest
    else { throw .sizeMismatch }
    // SAFETY: the pointer is read within the byte count of its own buffer alone, which `check` compares before each step.
    let fault: LZ4Error? = unsafe wire.withUnsafeBytes { block in
      do throws(LZ4Error) { try unsafe check(block, rawCount: rawCount) } catch { return error }
      return nil
    }
    if let fault { throw fault }
    var raw = [UInt8](repeating: 0, count: rawCount)
    // SAFETY: each pointer is passed with the byte count of its own buffer; both fit Int32 (checked above).
    let written = unsafe wire.withUnsafeBytes { input in
      unsafe raw.withUnsafeMutableBytes { output in
        unsafe LZ4_decompress_safe(
          input.bindMemory(to: CChar.self).baseAddress, output.bindMemory(to: CChar.self).baseAddress,
          Int32(wire.count), Int32(rawCount))
      }
    }
    guard Int(written) == rawCount else { throw .failed }
    return raw
  }

  /// Walks through the sequences of a block by the rules of `proto-spec/01-framing.md` and copies nothing: about 0.2 µs
  /// for each KiB of raw bytes.
  ///
  /// - Complexity: O(bytes of the block).
  private static func check(_ block: UnsafeRawBufferPointer, rawCount: Int) throws(LZ4Error) {
    var place = 0
    var produced = 0
    while place < block.count {
      let token = unsafe block[place]
      place += 1
      let literals = try unsafe length(token >> 4, in: block, at: &place)
      guard literals <= block.count - place, literals <= rawCount - produced else { throw .failed }
      place += literals
      produced += literals
      guard place < block.count else {
        if produced < rawCount { throw .sizeMismatch }
        return
      }
      guard block.count - place >= 2, produced <= rawCount - lastMatchDistance else { throw .failed }
      let offset = unsafe Int(block[place]) | Int(block[place + 1]) << 8
      guard offset > 0, offset <= produced else { throw .failed }
      place += 2
      produced += matchLengthMin + (try unsafe length(token & 15, in: block, at: &place))
      guard produced <= rawCount - lastLiterals else { throw .failed }
    }
    // Empty, or a match stands where the last literals have to.
    throw .failed
  }

  /// The shortest match.
  private static let matchLengthMin = 4
  /// The block ends with at least this number of literals, in raw bytes.
  private static let lastLiterals = 5
  /// The last match begins at least this number of raw bytes before the end.
  private static let lastMatchDistance = 12

  /// A length of a sequence: four bits of its token, and further bytes if all four are set.
  private static func length(
    _ bits: UInt8, in block: UnsafeRawBufferPointer, at place: inout Int
  ) throws(LZ4Error) -> Int {
    var length = Int(bits)
    guard bits == 15 else { return length }
    while place < block.count {
      let byte = unsafe block[place]
      place += 1
      // No sum of bytes of a block, which has fewer than 2^31, overflows.
      length += Int(byte)
      if byte != 255 { return length }
    }
    throw .failed
  }
}
