internal import CLZ4

/// Why an LZ4 block could not be decompressed.
package enum LZ4Error: Error, Equatable, Sendable {
  /// The block is not LZ4 or runs past its end or past the declared size.
  case failed
  /// The declared size is not what the block holds, or one that no block of this length can hold.
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
  /// An offset of zero, which the format forbids and liblz4 lets pass, yields zeros: memory is never shown.
  ///
  /// - Throws: `LZ4Error`; nothing is allocated for a size that no block of this length can have.
  package static func decompress(_ wire: ArraySlice<UInt8>, rawCount: Int) throws(LZ4Error) -> [UInt8] {
    let (largest, overflow) = wire.count.multipliedReportingOverflow(by: expansionMax)
    guard rawCount > 0, rawCount <= Int(LZ4_MAX_INPUT_SIZE), wire.count <= Int(LZ4_MAX_INPUT_SIZE), !overflow,
      rawCount <= largest
    else { throw .sizeMismatch }
    var raw = [UInt8](repeating: 0, count: rawCount)
    // SAFETY: each pointer is passed with the byte count of its own buffer; both fit Int32 (checked above).
    let written = unsafe wire.withUnsafeBytes { input in
      unsafe raw.withUnsafeMutableBytes { output in
        unsafe LZ4_decompress_safe(
          input.bindMemory(to: CChar.self).baseAddress, output.bindMemory(to: CChar.self).baseAddress,
          Int32(wire.count), Int32(rawCount))
      }
    }
    guard written >= 0 else { throw .failed }
    guard Int(written) == rawCount else { throw .sizeMismatch }
    return raw
  }
}
