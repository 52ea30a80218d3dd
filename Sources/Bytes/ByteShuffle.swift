internal import CKernels

/// The byte-shuffle filter: the first bytes of all elements, then the second bytes, and so on, so that LZ4 finds the
/// likeness of neighbouring numbers.
package enum ByteShuffle {
  /// Shuffles elements of `width` bytes each.
  ///
  /// - Precondition: `width` is 4 or 8 and divides the number of bytes.
  package static func shuffle(_ bytes: some Collection<UInt8>, width: Int) -> [UInt8] {
    precondition(isApplicable(count: bytes.count, width: width), "byte shuffle of a broken width")
    return unsafe transposed(bytes, width, wk_shuffle)
  }

  /// Undoes `shuffle`.
  ///
  /// - Throws: `ByteError.outOfRange` if `width` is neither 4 nor 8 or does not divide the number of bytes.
  package static func unshuffle(_ bytes: some Collection<UInt8>, width: Int) throws(ByteError) -> [UInt8] {
    guard isApplicable(count: bytes.count, width: width) else { throw .outOfRange(offset: 0, field: "filter width") }
    return unsafe transposed(bytes, width, wk_unshuffle)
  }

  /// Whether `count` bytes are whole elements of a width that the filter knows.
  package static func isApplicable(count: Int, width: Int) -> Bool {
    (width == 4 || width == 8) && count % width == 0
  }

  private typealias Transpose = (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>, Int, Int) -> Void

  private static func transposed(_ bytes: some Collection<UInt8>, _ width: Int, _ transpose: Transpose) -> [UInt8] {
    unsafe withContiguousBytes(of: bytes) { input in
      unsafe [UInt8](unsafeUninitializedCapacity: input.count) { output, initialized in
        if let from = input.baseAddress, let to = output.baseAddress {
          // SAFETY: both buffers hold `count` bytes, a multiple of `width`, and C touches each byte once.
          unsafe transpose(from, to, input.count / width, width)
        }
        initialized = input.count
      }
    }
  }
}
